//! Fetches a program or library from the Python index, for machines that have nothing but cargo:
//! `fetch-wheel NAME FOLDER`. NVIDIA's run-time compiler, and what builds the portable binary.
//!
//! `PIP_INDEX_URL` names another index, as it does for pip. What comes must have the pinned checksum.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use sha2::{Digest, Sha256};

const INDEX: &str = "https://pypi.org/simple";
/// The largest package has 101 MB.
const MOST_BYTES: u64 = 200 << 20;

/// A file of the index.
struct Wheel {
    /// What it is called here.
    name: &'static str,
    /// Of the machine that it runs on.
    machine: &'static str,
    /// What the index calls the package.
    package: &'static str,
    file: &'static str,
    sha256: &'static str,
    /// Folders of the package that are unpacked, without their names.
    folders: &'static [&'static str],
}

const NVRTC: &str = "nvidia-cuda-nvrtc-cu12";
/// The libraries; `licenses` is absent from the package of 12.4.
const OF_NVRTC: &[&str] = &[
    "nvidia/cuda_nvrtc/lib/",
    "nvidia_cuda_nvrtc_cu12-12.9.86.dist-info/licenses/",
    "nvidia_cuda_nvrtc_cu12-12.4.127.dist-info/",
];

const WHEELS: &[Wheel] = &[
    Wheel {
        name: "nvrtc-12.4.127",
        machine: "x86_64",
        package: NVRTC,
        file: "nvidia_cuda_nvrtc_cu12-12.4.127-py3-none-manylinux2014_x86_64.whl",
        sha256: "a178759ebb095827bd30ef56598ec182b85547f1508941a3d560eb7ea1fbf338",
        folders: OF_NVRTC,
    },
    Wheel {
        name: "nvrtc-12.4.127",
        machine: "aarch64",
        package: NVRTC,
        file: "nvidia_cuda_nvrtc_cu12-12.4.127-py3-none-manylinux2014_aarch64.whl",
        sha256: "0eedf14185e04b76aa05b1fea04133e59f465b6f960c0cbf4e37c3cb6b0ea198",
        folders: OF_NVRTC,
    },
    Wheel {
        name: "nvrtc-12.9.86",
        machine: "x86_64",
        package: NVRTC,
        file: "nvidia_cuda_nvrtc_cu12-12.9.86-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl",
        sha256: "210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4",
        folders: OF_NVRTC,
    },
    Wheel {
        name: "nvrtc-12.9.86",
        machine: "aarch64",
        package: NVRTC,
        file: "nvidia_cuda_nvrtc_cu12-12.9.86-py3-none-manylinux2014_aarch64.manylinux_2_17_aarch64.whl",
        sha256: "096d4de6bda726415dfaf3198d4f5c522b8e70139c97feef5cd2ca6d4cd9cead",
        folders: OF_NVRTC,
    },
    Wheel {
        name: "zig-0.17.1",
        machine: "x86_64",
        package: "ziglang",
        file: "ziglang-0.17.1-py3-none-manylinux_2_12_x86_64.manylinux2010_x86_64.musllinux_1_1_x86_64.whl",
        sha256: "ea6cc5d87b033cf0aedfbc8f9549a908cae6c50ac31f1698188fa48a74524b54",
        folders: &["ziglang/"],
    },
    Wheel {
        name: "cargo-zigbuild-0.24.1",
        machine: "x86_64",
        package: "cargo-zigbuild",
        file: "cargo_zigbuild-0.24.1-py3-none-manylinux1_x86_64.manylinux_2_5_x86_64.whl",
        sha256: "238a1ab54a95053a4eadc34775c81f795a8ad75f80bfed63f3f445f518102375",
        folders: &["cargo_zigbuild-0.24.1.data/scripts/"],
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match &arguments[..] {
        [name, folder] => fetch(name, Path::new(folder)),
        _ => Err("fetch-wheel NAME FOLDER".to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("fetch-wheel: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// Unpacks a package into a folder that is not there yet.
fn fetch(name: &str, folder: &Path) -> Result<(), String> {
    let machine = std::env::consts::ARCH;
    let wheel = (WHEELS.iter())
        .find(|wheel| wheel.name == name && wheel.machine == machine)
        .ok_or_else(|| format!("no {name} is known for {machine}"))?;
    unpack(wheel, &download(wheel)?, folder)
}

fn download(wheel: &Wheel) -> Result<Vec<u8>, String> {
    let index = std::env::var("PIP_INDEX_URL").unwrap_or_else(|_| INDEX.to_owned());
    let page = format!("{}/{}/", index.trim_end_matches('/'), wheel.package);
    let list = String::from_utf8_lossy(&get(&page)?).into_owned();
    let link = link_to(wheel.file, &list).ok_or_else(|| {
        format!(
            "{page} has no `{}`; PIP_INDEX_URL names another index",
            wheel.file
        )
    })?;
    let url = absolute(&page, &link);
    eprintln!("+ fetch {}", wheel.file);
    let bytes = get(&url)?;
    let found: String = Sha256::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    if found != wheel.sha256 {
        let wanted = wheel.sha256;
        return Err(format!(
            "`{}` from {url} has SHA-256 {found}, not {wanted}",
            wheel.file
        ));
    }
    Ok(bytes)
}

fn get(url: &str) -> Result<Vec<u8>, String> {
    let tls = ureq::tls::TlsConfig::builder()
        .root_certs(ureq::tls::RootCerts::PlatformVerifier)
        .build();
    let agent = ureq::Agent::config_builder()
        .tls_config(tls)
        // Where the index is out of reach this is said soon.
        .timeout_connect(Some(Duration::from_secs(20)))
        .timeout_global(Some(Duration::from_secs(300)))
        .build()
        .new_agent();
    let response = agent.get(url).call();
    let mut response = response.map_err(|error| format!("cannot fetch {url}: {error}"))?;
    let body = response
        .body_mut()
        .with_config()
        .limit(MOST_BYTES)
        .read_to_vec();
    body.map_err(|error| format!("cannot fetch {url}: {error}"))
}

/// The target of the link to a file, on a page of an index.
fn link_to(file: &str, page: &str) -> Option<String> {
    let links = page.split("href=\"").skip(1);
    let mut targets = links
        .filter_map(|rest| rest.split_once('"'))
        .map(|(target, _)| target);
    let found = targets.find(|target| {
        target
            .split('#')
            .next()
            .is_some_and(|url| url.ends_with(file))
    })?;
    let url = found.split('#').next().unwrap_or(found);
    Some(url.replace("&amp;", "&"))
}

/// A link of a page as a full address.
fn absolute(page: &str, link: &str) -> String {
    if link.contains("://") {
        return link.to_owned();
    }
    let host_end = page
        .find("://")
        .and_then(|at| Some(at + 3 + page[at + 3..].find('/')?));
    match (link.strip_prefix('/'), host_end) {
        (Some(path), Some(end)) => format!("{}/{path}", &page[..end]),
        _ => {
            // `..` takes a folder from the page's, which ends with a slash.
            let mut base = page.trim_end_matches('/');
            let mut rest = link;
            while let Some(further) = rest.strip_prefix("../") {
                rest = further;
                base = base.rsplit_once('/').map_or(base, |(parent, _)| parent);
            }
            format!("{base}/{rest}")
        }
    }
}

fn unpack(wheel: &Wheel, bytes: &[u8], folder: &Path) -> Result<(), String> {
    let problem = |error: &dyn std::fmt::Display| {
        format!("cannot unpack into `{}`: {error}", folder.display())
    };
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).map_err(|e| problem(&e))?;
    // A folder is complete or absent, also when this is interrupted.
    let fresh = folder.with_extension("new");
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).map_err(|e| problem(&e))?;
        // Names that lead out of the folder are none.
        let Some(path) = file.enclosed_name().filter(|_| file.is_file()) else {
            continue;
        };
        let mut inside = (wheel.folders.iter()).filter_map(|folder| path.strip_prefix(folder).ok());
        let Some(inside) = inside.next() else {
            continue;
        };
        let target = fresh.join(inside);
        let parent = target.parent().unwrap_or(&fresh);
        std::fs::create_dir_all(parent).map_err(|e| problem(&e))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|e| problem(&e))?;
        std::fs::write(&target, bytes).map_err(|e| problem(&e))?;
        if let Some(mode) = file.unix_mode() {
            let mode = std::fs::Permissions::from_mode(mode & 0o777);
            std::fs::set_permissions(&target, mode).map_err(|e| problem(&e))?;
        }
    }
    std::fs::rename(&fresh, folder).map_err(|e| problem(&e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_an_index_are_found_and_completed() {
        let page = r#"<a href="../../files/x-1.whl#sha256=00">x</a> <a href="https://a/y-1.whl#sha256=1">y</a>"#;
        assert_eq!(link_to("y-1.whl", page).unwrap(), "https://a/y-1.whl");
        let link = link_to("x-1.whl", page).unwrap();
        assert_eq!(
            absolute("https://host/simple/x/", &link),
            "https://host/files/x-1.whl"
        );
        assert_eq!(
            absolute("https://host/simple/x/", "/f/x.whl"),
            "https://host/f/x.whl"
        );
        assert_eq!(link_to("z-1.whl", page), None);
    }
}
