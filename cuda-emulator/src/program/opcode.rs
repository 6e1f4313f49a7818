//! The parts of an opcode: `ld.global.nc.v2.f64`. Each part has to be understood by somebody.

use crate::ptx::Type;

pub struct Opcode<'a> {
    pub base: &'a str,
    parts: Vec<&'a str>,
}

impl<'a> Opcode<'a> {
    pub fn new(text: &'a str) -> Opcode<'a> {
        let mut parts = text.split('.');
        let base = parts.next().unwrap_or("");
        Opcode {
            base,
            parts: parts.collect(),
        }
    }

    /// Whether a modifier is there; it then counts as understood.
    pub fn take(&mut self, part: &str) -> bool {
        let before = self.parts.len();
        self.parts.retain(|other| *other != part);
        self.parts.len() < before
    }

    pub fn has(&self, part: &str) -> bool {
        self.parts.contains(&part)
    }

    /// The first of several modifiers that is there, with what it stands for.
    pub fn take_one<T: Copy>(&mut self, choices: &[(&str, T)]) -> Option<T> {
        let found = choices.iter().find(|(part, _)| self.parts.contains(part))?;
        self.take(found.0);
        Some(found.1)
    }

    /// The next type, from the left.
    pub fn take_type(&mut self) -> Option<Type> {
        let at = self
            .parts
            .iter()
            .position(|part| Type::named(part).is_some())?;
        Type::named(self.parts.remove(at))
    }

    /// What nobody understood.
    pub fn rest(&self) -> Option<String> {
        (!self.parts.is_empty()).then(|| format!("`.{}`", self.parts.join(".")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_taken_is_left_over() {
        let mut opcode = Opcode::new("cvt.rni.sat.s32.f64");
        assert_eq!(opcode.take_one(&[("rzi", 1), ("rni", 2)]), Some(2));
        assert_eq!(opcode.take_type(), Type::named("s32"));
        assert_eq!(opcode.take_type(), Type::named("f64"));
        assert_eq!(opcode.rest().unwrap(), "`.sat`");
        assert!(opcode.take("sat") && opcode.rest().is_none());
    }
}
