//! `cargo xtask image`: the image of gpuwa, as a SIF and as an OCI layout of the same files, equal bit for bit whoever builds
//! them. Needs apt-helper, dpkg-deb, apptainer and squashfs-tools (`container/install-apptainer` brings the last two to a
//! bare Debian 12), and no rights.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use serde_json::Value;

use super::{Helper, dist};
use crate::cargo::{root, target_folder};
use crate::command::{copy, fresh_folder, git, output, read, run, sha256, source_date, tar, write};
use crate::elf::needs;
use crate::image::{oci, sbom, sif};
use crate::wheel::wheel;

pub const HELPER: Helper = Helper {
    name: "image",
    about: "build the image into target/image; --twice compares two builds, --key FILE.pem signs it; --check compares the files of two around a release build",
    run: |arguments| match arguments {
        [option] if option == "--check" => check(),
        _ => image(arguments),
    },
};

const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The last one that knows V100 cards; it compiles for Blackwell too.
const NVRTC: &str = "12.9.86";

struct Options {
    twice: bool,
    key: Option<PathBuf>,
}

fn image(arguments: &[String]) -> Result<(), String> {
    let options = options(arguments)?;
    let begin = Instant::now();
    let folder = target_folder()?.join("image");
    fresh_folder(&folder)?;
    let binary = dist::binary()?;
    let build = Build::new(&binary, &folder)?;
    let made = build.all()?;
    let image = build.image();
    if options.twice {
        let again = Build::new(&binary, &folder.join("again"))?.all()?;
        compare(&made, &again)?;
        std::fs::remove_dir_all(folder.join("again")).map_err(|error| error.to_string())?;
    }
    if let Some(key) = &options.key {
        run_in(
            &folder,
            Command::new("apptainer")
                .args(["sign", "--key"])
                .arg(key)
                .arg(&image),
        )?;
    }
    report(&folder, &image, begin)
}

fn options(arguments: &[String]) -> Result<Options, String> {
    let mut options = Options {
        twice: false,
        key: None,
    };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--twice" => options.twice = true,
            "--key" => {
                let key = rest
                    .next()
                    .ok_or("--key: the private key, a file in PEM form")?;
                let key = Path::new(key)
                    .canonicalize()
                    .map_err(|error| format!("--key {key}: {error}"))?;
                options.key = Some(key);
            }
            _ => return Err(format!("`image` takes no argument `{argument}`")),
        }
    }
    Ok(options)
}

/// For the gate, which has no time for the portable binary, nor to compress: what the image's forms are made of, twice, around
/// the usual release build.
fn check() -> Result<(), String> {
    let target = target_folder()?;
    let folder = target.join("image-check");
    let begin = Instant::now();
    let files = |name: &str| {
        let folder = folder.join(name);
        fresh_folder(&folder)?;
        Build::new(&target.join("release/gpuwa"), &folder)?.files()?;
        let archive = folder.join("files.tar");
        tar(&folder.join("root"), ".", &archive)?;
        Ok::<_, String>([archive])
    };
    compare(&files("one")?, &files("two")?)?;
    std::fs::remove_dir_all(&folder).map_err(|error| error.to_string())?;
    println!(
        "two builds with equal files, {:.0} s",
        begin.elapsed().as_secs_f64()
    );
    Ok(())
}

/// One build in a folder of its own.
struct Build<'a> {
    binary: &'a Path,
    folder: &'a Path,
    about: oci::About,
}

impl<'a> Build<'a> {
    fn new(binary: &'a Path, folder: &'a Path) -> Result<Self, String> {
        let date = format!("@{}", source_date()?);
        let created =
            output(Command::new("date").args(["-u", "-d", &date, "+%Y-%m-%dT%H:%M:%SZ"]))?;
        let about = oci::About {
            version: VERSION.to_owned(),
            revision: git(&["rev-parse", "HEAD"])?,
            created: created.trim().to_owned(),
        };
        Ok(Self {
            binary,
            folder,
            about,
        })
    }

    /// What two builds have to have in common: the list of the OCI layout, and the SIF.
    fn all(&self) -> Result<[PathBuf; 2], String> {
        self.files()?;
        let layout = self.folder.join("oci");
        oci::write_layout(&self.folder.join("root"), &layout, &self.about)?;
        let image = self.sif()?;
        for folder in ["root", "sandbox"] {
            std::fs::remove_dir_all(self.folder.join(folder)).map_err(|error| error.to_string())?;
        }
        Ok([layout.join("index.json"), image])
    }

    /// The path of the SIF.
    fn image(&self) -> PathBuf {
        self.folder.join(format!("gpuwa_v{VERSION}.sif"))
    }

    /// What stands in the image, in the folder `root`.
    fn files(&self) -> Result<(), String> {
        let files = self.folder.join("root");
        run(Command::new(root().join("container/base"))
            .arg(&files)
            .env("CACHE", target_folder()?.join("debian")))?;
        let prefix = files.join("usr/local");
        let rust = dist::install(self.binary, &prefix)?;
        let documents = prefix.join("share/doc/gpuwa");
        let nvrtc = wheel(&format!("nvrtc-{NVRTC}"))?;
        for entry in std::fs::read_dir(&nvrtc).map_err(|error| error.to_string())? {
            let entry = entry.map_err(|error| error.to_string())?;
            let name = entry.file_name().to_string_lossy().into_owned();
            // `.alt` is a second, equal compiler for programs that load two of them.
            if name.contains(".so") && !name.contains(".alt.") {
                copy(&entry.path(), &prefix.join("lib").join(name))?;
            } else if name == "License.txt" {
                copy(&entry.path(), &documents.join("NVRTC-LICENSE"))?;
            }
        }
        run(Command::new("/sbin/ldconfig").arg("-r").arg(&files))?;
        check_libraries(&files)?;
        // It notes times and inodes.
        std::fs::remove_dir_all(files.join("var/cache/ldconfig"))
            .map_err(|error| error.to_string())?;
        let lock = String::from_utf8(read(&root().join("container/packages.lock"))?);
        let lock = lock.map_err(|error| format!("container/packages.lock: {error}"))?;
        let list = sbom::cyclone_dx(
            VERSION,
            &self.about.created,
            &rust,
            &sbom::debian(&lock)?,
            NVRTC,
        );
        let list = serde_json::to_string_pretty(&list).map_err(|error| error.to_string())?;
        write(&documents.join("gpuwa.cdx.json"), &list)?;
        write(
            &self.folder.join(format!("gpuwa_v{VERSION}.cdx.json")),
            &list,
        )
    }

    /// What apptainer adds to them, and all of it as one file.
    fn sif(&self) -> Result<PathBuf, String> {
        let definition = root().join("container/gpuwa.def");
        let definition = definition
            .canonicalize()
            .map_err(|error| error.to_string())?;
        run_in(
            self.folder,
            Command::new("apptainer")
                .args(["--quiet", "build", "--force", "--notest", "--sandbox"])
                .arg(format!("--build-arg=version={VERSION}"))
                .arg(format!("--build-arg=revision={}", self.about.revision))
                .arg("sandbox")
                .arg(definition),
        )?;
        let sandbox = self.folder.join("sandbox");
        self.date_labels(&sandbox.join(".singularity.d/labels.json"))?;

        let date = source_date()?;
        let squash = self.folder.join("root.squashfs");
        let times = ["-mkfs-time", "-all-time"].map(|option| [option.to_owned(), date.to_string()]);
        run(Command::new("mksquashfs")
            .args([&sandbox, &squash])
            .args([
                "-noappend",
                "-all-root",
                "-no-xattrs",
                "-comp",
                "gzip",
                "-quiet",
                "-no-progress",
            ])
            .args(times.as_flattened())
            // It refuses both ways to say the time.
            .env_remove("SOURCE_DATE_EPOCH"))?;
        let image = self.image();
        let apptainer = |arguments: &[&str]| {
            let mut command = Command::new("apptainer");
            command.arg("sif").args(arguments).arg(&image);
            command
        };
        run(&mut apptainer(&["new"]))?;
        // 1: the definition; 4: a file system, 2: of the system, 1: squashfs, 2: for x86-64.
        let definition = ["add", "--datatype=1", "--groupid=1", "--filename=gpuwa.def"];
        run(apptainer(&definition).arg(sandbox.join(".singularity.d/Singularity")))?;
        let system = [
            "add",
            "--datatype=4",
            "--parttype=2",
            "--partfs=1",
            "--partarch=2",
            "--groupid=1",
        ];
        run(apptainer(&[&system[..], &["--filename=root"]].concat()).arg(&squash))?;
        std::fs::remove_file(&squash).map_err(|error| error.to_string())?;

        let mut bytes = read(&image)?;
        sif::normalise(&mut bytes, date)?;
        std::fs::write(&image, bytes)
            .map_err(|error| format!("cannot write `{}`: {error}", image.display()))?;
        Ok(image)
    }

    fn date_labels(&self, path: &Path) -> Result<(), String> {
        let mut labels: Value =
            serde_json::from_slice(&read(path)?).map_err(|error| error.to_string())?;
        for key in [
            "org.label-schema.build-date",
            "org.opencontainers.image.created",
        ] {
            labels[key] = self.about.created.clone().into();
        }
        write(path, &labels.to_string())
    }
}

/// Whatever is opened in the image finds the libraries it needs there, NVRTC's late parts too.
fn check_libraries(files: &Path) -> Result<(), String> {
    let local = files.join("usr/local");
    let places = ["usr/local/lib", "usr/lib/x86_64-linux-gnu"].map(|place| files.join(place));
    for folder in [local.join("bin"), local.join("lib")] {
        for entry in std::fs::read_dir(&folder).map_err(|error| error.to_string())? {
            let path = entry.map_err(|error| error.to_string())?.path();
            for library in needs(&read(&path)?)?.libraries {
                if !places.iter().any(|place| place.join(&library).exists()) {
                    return Err(format!(
                        "`{}` needs `{library}`, which is not in the image",
                        path.display()
                    ));
                }
            }
        }
    }
    Ok(())
}

fn run_in(folder: &Path, command: &mut Command) -> Result<(), String> {
    run(command.current_dir(folder))
}

/// Two builds of the same commit.
fn compare(first: &[PathBuf], second: &[PathBuf]) -> Result<(), String> {
    for (first, second) in first.iter().zip(second) {
        let sums = [sha256(&read(first)?), sha256(&read(second)?)];
        println!("{}  {}\n{}  built again", sums[0], first.display(), sums[1]);
        if sums[0] != sums[1] {
            return Err("two builds differ".to_owned());
        }
    }
    Ok(())
}

/// Size and checksum of the image, and the list of what is in it.
fn report(folder: &Path, image: &Path, begin: Instant) -> Result<(), String> {
    let bytes = read(image)?;
    let name = image.file_name().unwrap_or_default().to_string_lossy();
    let sum = format!("{}  {name}\n", sha256(&bytes));
    write(&folder.join(format!("{name}.sha256")), &sum)?;
    let list = ["exec", "--no-home", "--contain"];
    let find = r"cd / && find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev \) -prune -o -type f -exec ls -l {} + | awk '{print $5, $9}' | sort -k 2";
    let contents = output(
        Command::new("apptainer")
            .args(list)
            .arg(image)
            .args(["sh", "-c", find]),
    )?;
    write(&folder.join(format!("{name}.contents")), &contents)?;
    println!(
        "{sum}{:.1} MB, {} files, {:.0} s",
        bytes.len() as f64 / 1e6,
        contents.lines().count(),
        begin.elapsed().as_secs_f64()
    );
    println!("{}", folder.display());
    Ok(())
}
