//! The binary runs on any machine, and every shell completes it.

use std::process::Command;

fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn no_library_of_cuda_is_linked() {
    let libraries = output(Command::new("ldd").arg(env!("CARGO_BIN_EXE_gpuwa")));
    assert!(libraries.contains("libc.so.6"), "{libraries}");
    for word in ["cuda", "nvrtc", "nvidia"] {
        assert!(!libraries.contains(word), "{libraries}");
    }
}

#[test]
fn completions_know_verbs_and_their_options() {
    for shell in ["bash", "zsh", "fish"] {
        let text = output(Command::new(env!("CARGO_BIN_EXE_gpuwa")).args(["completions", shell]));
        assert!(
            text.contains("fractions") && text.contains("starts"),
            "{shell}"
        );
    }
}
