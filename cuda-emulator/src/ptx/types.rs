//! The types of PTX values.

/// What the bits of a value mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Bits,
    Unsigned,
    Signed,
    Float,
    Predicate,
}

/// A scalar type: `.f64` is a float of 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Type {
    pub class: Class,
    pub bytes: u8,
}

impl Type {
    pub const B32: Type = Type::new(Class::Bits, 4);
    pub const B64: Type = Type::new(Class::Bits, 8);
    pub const PREDICATE: Type = Type::new(Class::Predicate, 1);

    pub const fn new(class: Class, bytes: u8) -> Type {
        Type { class, bytes }
    }

    /// The type of a name without its dot; 16-bit floats are not among them.
    pub fn named(name: &str) -> Option<Type> {
        if name == "pred" {
            return Some(Type::PREDICATE);
        }
        let (class, bits) = name.split_at_checked(1)?;
        let class = match class {
            "b" => Class::Bits,
            "u" => Class::Unsigned,
            "s" => Class::Signed,
            "f" => Class::Float,
            _ => return None,
        };
        let bytes = match bits {
            "8" => 1,
            "16" => 2,
            "32" => 4,
            "64" => 8,
            _ => return None,
        };
        (class != Class::Float || bytes >= 4).then_some(Type::new(class, bytes))
    }

    pub fn bits(self) -> u32 {
        u32::from(self.bytes) * 8
    }

    pub fn is_float(self) -> bool {
        self.class == Class::Float
    }

    pub fn is_signed(self) -> bool {
        self.class == Class::Signed
    }

    pub fn is_predicate(self) -> bool {
        self.class == Class::Predicate
    }

    /// All bits of a value of this type.
    pub fn mask(self) -> u64 {
        u64::MAX >> (64 - self.bits())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_give_class_and_size() {
        assert_eq!(Type::named("f64"), Some(Type::new(Class::Float, 8)));
        assert_eq!(Type::named("s16"), Some(Type::new(Class::Signed, 2)));
        assert_eq!(Type::named("pred"), Some(Type::PREDICATE));
        for unknown in ["f16", "f16x2", "b128", "global", "", "u"] {
            assert_eq!(Type::named(unknown), None, "{unknown}");
        }
    }
}
