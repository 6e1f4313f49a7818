//! Every line shape is registered once and documents itself.

use std::collections::BTreeSet;
use std::path::Path;

use pwa_core::lineshape::LINESHAPES;

#[test]
fn every_shape_file_is_registered_and_has_its_head() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lineshape");
    let list = std::fs::read_to_string(folder.join("mod.rs")).unwrap();
    let mut shapes = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        for rest in text.split("impl Lineshape for ").skip(1) {
            let shape = rest.split([' ', '{']).next().unwrap();
            let line = format!("    &{stem}::{shape},\n");
            assert!(list.contains(&line), "{stem}::{shape} is not in LINESHAPES");
            let words = [
                "//! ```text\n",
                "//! Units: ",
                "//! Source: ",
                "//! Limits: ",
            ];
            for word in words {
                assert!(text.contains(word), "{stem}.rs has no `{}`", word.trim());
            }
            shapes += 1;
        }
    }
    assert_eq!(shapes, LINESHAPES.len());
}

#[test]
fn names_are_unique_and_formulas_are_one_line() {
    let names: BTreeSet<_> = LINESHAPES.iter().map(|shape| shape.name()).collect();
    assert_eq!(names.len(), LINESHAPES.len());
    for shape in LINESHAPES {
        assert!(!shape.formula().contains('\n'), "{}", shape.name());
    }
}

/// What `gpuwa lineshapes` and `gpuwa check --latex` print.
#[test]
fn every_shape_says_what_it_is() {
    for shape in LINESHAPES {
        let (name, options) = (shape.name(), shape.example_options());
        let documentation = shape.documentation();
        assert!(shape.file().contains(&format!("\"{name}\"")), "{name}");
        for word in ["Units", "Source", "Limits"] {
            assert!(!documentation.paragraph(word).is_empty(), "{name}: {word}");
        }
        assert!(shape.parameters(&options).is_ok(), "{name}");
        let known = shape.options();
        assert!(options.names().all(|option| known.contains(&option)));
        let latex = shape.latex(&options);
        assert!(!latex.is_empty(), "{name}");
        assert_balanced(name, &latex);
    }
}

fn assert_balanced(name: &str, latex: &str) {
    let mut open = Vec::new();
    for character in latex.chars() {
        match character {
            '{' | '(' | '[' => open.push(character),
            '}' => assert_eq!(open.pop(), Some('{'), "{name}: {latex}"),
            ')' => assert_eq!(open.pop(), Some('('), "{name}: {latex}"),
            ']' => assert_eq!(open.pop(), Some('['), "{name}: {latex}"),
            _ => {}
        }
    }
    assert!(open.is_empty(), "{name}: {latex}");
    let count = |word: &str| latex.matches(word).count();
    assert_eq!(count(r"\left"), count(r"\right"), "{name}: {latex}");
}
