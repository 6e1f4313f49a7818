//! The parts list of an image, CycloneDX 1.5: packages of Rust in the binary, of Debian below it, NVRTC beside it.
//!
//! Source: <https://cyclonedx.org/docs/1.5/json/>; package addresses as <https://github.com/package-url/purl-spec>.

use serde_json::{Value, json};

use crate::packages::Package;

/// A package of Debian, as `container/packages.lock` has it.
pub struct Debian<'a> {
    pub name: &'a str,
    pub version: &'a str,
    pub sha256: &'a str,
}

/// Reads `container/packages.lock`.
pub fn debian(lock: &str) -> Result<Vec<Debian<'_>>, String> {
    let lines = lock.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| match line.split(' ').collect::<Vec<_>>()[..] {
            [name, version, _, sha256] => Ok(Debian {
                name,
                version,
                sha256,
            }),
            _ => Err(format!("container/packages.lock: `{line}` is no package")),
        })
        .collect()
}

/// The list for a version of gpuwa. `created` is as RFC 3339.
pub fn cyclone_dx(
    version: &str,
    created: &str,
    rust: &[Package],
    debian: &[Debian],
    nvrtc: &str,
) -> Value {
    let of_rust = rust
        .iter()
        .filter(|package| package.foreign)
        .map(|package| {
            let address = format!("pkg:cargo/{}@{}", package.name, package.version);
            let mut component = component(&package.name, &package.version, &address);
            if let Some(licence) = &package.licence {
                component["licenses"] = json!([{"expression": licence}]);
            }
            component
        });
    let of_debian = debian.iter().map(|package| {
        let escaped = package.version.replace('+', "%2B").replace(':', "%3A");
        let address = format!(
            "pkg:deb/debian/{}@{escaped}?arch=amd64&distro=bookworm",
            package.name
        );
        let mut component = component(package.name, package.version, &address);
        component["hashes"] = json!([{"alg": "SHA-256", "content": package.sha256}]);
        component
    });
    let name = "nvidia-cuda-nvrtc-cu12";
    let mut compiler = component(name, nvrtc, &format!("pkg:pypi/{name}@{nvrtc}"));
    compiler["licenses"] = json!([{"license": {"name": "NVIDIA CUDA Toolkit EULA"}}]);
    let components: Vec<Value> = of_rust.chain(of_debian).chain([compiler]).collect();
    let mut image = component("gpuwa", version, &format!("pkg:generic/gpuwa@{version}"));
    image["type"] = json!("container");
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"timestamp": created, "component": image},
        "components": components,
    })
}

fn component(name: &str, version: &str, address: &str) -> Value {
    json!({"type": "library", "name": name, "version": version, "purl": address, "bom-ref": address})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_have_addresses() {
        let lock = "# head\nlibc6 2.36-9+deb12u1 pool/x.deb 00ff\n";
        let list = cyclone_dx(
            "1.2.3",
            "2026-01-01T00:00:00Z",
            &[],
            &debian(lock).unwrap(),
            "12.9.86",
        );
        let parts = list["components"].as_array().unwrap();
        let expected = "pkg:deb/debian/libc6@2.36-9%2Bdeb12u1?arch=amd64&distro=bookworm";
        assert_eq!(parts[0]["purl"], expected);
        assert_eq!(parts[1]["purl"], "pkg:pypi/nvidia-cuda-nvrtc-cu12@12.9.86");
        assert!(debian("libc6 2.36").is_err());
    }
}
