//! Fetches NVIDIA's run-time compiler from the package that NVIDIA publishes on the Python index:
//! `fetch-nvrtc VERSION FOLDER`. For machines that have nothing but cargo.
//!
//! `PIP_INDEX_URL` names another index, as it does for pip. What comes must have the pinned checksum.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use sha2::{Digest, Sha256};

const INDEX: &str = "https://pypi.org/simple";
const PACKAGE: &str = "nvidia-cuda-nvrtc-cu12";
/// Where the libraries are in a package.
const INSIDE: &str = "nvidia/cuda_nvrtc/lib/";
/// The larger package has 90 MB.
const MOST_BYTES: u64 = 200 << 20;

/// A file of the index.
struct Wheel {
    version: &'static str,
    machine: &'static str,
    file: &'static str,
    sha256: &'static str,
}

const WHEELS: &[Wheel] = &[
    Wheel {
        version: "12.4.127",
        machine: "x86_64",
        file: "nvidia_cuda_nvrtc_cu12-12.4.127-py3-none-manylinux2014_x86_64.whl",
        sha256: "a178759ebb095827bd30ef56598ec182b85547f1508941a3d560eb7ea1fbf338",
    },
    Wheel {
        version: "12.4.127",
        machine: "aarch64",
        file: "nvidia_cuda_nvrtc_cu12-12.4.127-py3-none-manylinux2014_aarch64.whl",
        sha256: "0eedf14185e04b76aa05b1fea04133e59f465b6f960c0cbf4e37c3cb6b0ea198",
    },
    Wheel {
        version: "12.9.86",
        machine: "x86_64",
        file: "nvidia_cuda_nvrtc_cu12-12.9.86-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl",
        sha256: "210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4",
    },
    Wheel {
        version: "12.9.86",
        machine: "aarch64",
        file: "nvidia_cuda_nvrtc_cu12-12.9.86-py3-none-manylinux2014_aarch64.manylinux_2_17_aarch64.whl",
        sha256: "096d4de6bda726415dfaf3198d4f5c522b8e70139c97feef5cd2ca6d4cd9cead",
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match &arguments[..] {
        [version, folder] => fetch(version, Path::new(folder)),
        _ => Err("fetch-nvrtc VERSION FOLDER".to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("fetch-nvrtc: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// Puts the libraries of a version into a folder, if they are not there.
fn fetch(version: &str, folder: &Path) -> Result<(), String> {
    if folder.join("libnvrtc.so.12").exists() {
        return Ok(());
    }
    let machine = std::env::consts::ARCH;
    let wheel = (WHEELS.iter())
        .find(|wheel| wheel.version == version && wheel.machine == machine)
        .ok_or_else(|| format!("no NVRTC {version} is known for {machine}"))?;
    unpack(&download(wheel)?, folder)
}

fn download(wheel: &Wheel) -> Result<Vec<u8>, String> {
    let index = std::env::var("PIP_INDEX_URL").unwrap_or_else(|_| INDEX.to_owned());
    let page = format!("{}/{PACKAGE}/", index.trim_end_matches('/'));
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

fn unpack(wheel: &[u8], folder: &Path) -> Result<(), String> {
    let problem = |error: &dyn std::fmt::Display| {
        format!("cannot unpack into `{}`: {error}", folder.display())
    };
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(wheel)).map_err(|e| problem(&e))?;
    // A folder is complete or absent, also when this is interrupted.
    let fresh = folder.with_extension("new");
    std::fs::create_dir_all(&fresh).map_err(|e| problem(&e))?;
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).map_err(|e| problem(&e))?;
        let name = file.name().map_err(|e| problem(&e))?.into_owned();
        let Some(library) = name
            .strip_prefix(INSIDE)
            .filter(|name| name.contains(".so"))
        else {
            continue;
        };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|e| problem(&e))?;
        std::fs::write(fresh.join(library), bytes).map_err(|e| problem(&e))?;
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
