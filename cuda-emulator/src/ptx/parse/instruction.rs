//! Instructions, their operands and numbers.

use super::{Parser, Result};
use crate::ptx::{Guard, Instruction, Operand};

impl Parser<'_> {
    pub(super) fn instruction(&mut self) -> Result<Instruction> {
        let guard = if self.accept("@") {
            let negated = self.accept("!");
            let register = self.take()?.to_owned();
            Some(Guard { register, negated })
        } else {
            None
        };
        let line = self.line();
        let opcode = self.take()?.to_owned();
        // `shared::cta` and `shared::cluster` belong to the opcode.
        let mut opcode = opcode;
        while self.accept(":") {
            self.require(":")?;
            opcode = format!("{opcode}::{}", self.take()?);
        }
        let mut operands = Vec::new();
        while !self.accept(";") {
            operands.push(self.operand()?);
            if !self.accept(",") {
                self.require(";")?;
                break;
            }
        }
        Ok(Instruction {
            line,
            guard,
            opcode,
            operands,
        })
    }

    fn operand(&mut self) -> Result<Operand> {
        let first = self.simple_operand()?;
        if self.accept("|") {
            let second = self.simple_operand()?;
            return Ok(Operand::Pair(Box::new(first), Box::new(second)));
        }
        Ok(first)
    }

    fn simple_operand(&mut self) -> Result<Operand> {
        for (open, close) in [("{", "}"), ("(", ")")] {
            if self.accept(open) {
                let mut list = Vec::new();
                while !self.accept(close) {
                    list.push(self.operand()?);
                    self.accept(",");
                }
                return Ok(Operand::List(list));
            }
        }
        if self.accept("[") {
            let base = self.simple_operand()?;
            let mut offset = 0;
            while self.accept("+") {
                offset += self.integer()?;
            }
            if self.peek() == "-" {
                offset += self.integer()?;
            }
            if !self.accept("]") {
                return self.error("this form of address is not supported");
            }
            return Ok(Operand::Address(Box::new(base), offset));
        }
        if self.accept("!") {
            return Ok(Operand::Not(self.take()?.to_owned()));
        }
        match self.literal()? {
            Some(literal) => Ok(literal),
            None => Ok(Operand::Name(self.take()?.to_owned())),
        }
    }

    pub(super) fn number(&mut self) -> Result<u64> {
        match self.literal()? {
            Some(Operand::Bits(bits)) => Ok(bits),
            _ => self.error("a number is expected"),
        }
    }

    fn integer(&mut self) -> Result<i64> {
        self.number().map(u64::cast_signed)
    }

    /// A number, or nothing when the next word is a name.
    pub(super) fn literal(&mut self) -> Result<Option<Operand>> {
        let negated = self.peek() == "-";
        let word = self.tokens.get(self.next + usize::from(negated));
        let Some(word) = word.filter(|word| word.text.starts_with(|c: char| c.is_ascii_digit()))
        else {
            return Ok(None);
        };
        let Some(value) = value_of(word.text) else {
            return self.error(format!("`{}` is not a number", word.text));
        };
        self.next += 1 + usize::from(negated);
        Ok(Some(match value {
            Operand::Bits(bits) if negated => Operand::Bits(bits.wrapping_neg()),
            Operand::Float(value) if negated => Operand::Float(-value),
            value => value,
        }))
    }
}

fn value_of(word: &str) -> Option<Operand> {
    let lower = word.to_ascii_lowercase();
    for (prefix, digits) in [("0d", 16), ("0f", 8)] {
        if let Some(hex) = lower.strip_prefix(prefix) {
            let bits = u64::from_str_radix(hex, 16).ok()?;
            return (hex.len() == digits).then_some(Operand::Bits(bits));
        }
    }
    let integer = lower.strip_suffix('u').unwrap_or(&lower);
    let bits = match (integer.strip_prefix("0x"), integer.strip_prefix("0b")) {
        (Some(hex), _) => u64::from_str_radix(hex, 16).ok(),
        (_, Some(binary)) => u64::from_str_radix(binary, 2).ok(),
        _ => integer.parse().ok(),
    };
    match bits {
        Some(bits) => Some(Operand::Bits(bits)),
        None => lower.parse().ok().map(Operand::Float),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_many_forms() {
        let cases = [
            ("0d3FF0000000000000", 1f64.to_bits()),
            ("0f3F800000", u64::from(1f32.to_bits())),
            ("0x1F", 31),
            ("0U", 0),
            ("4294967295", 4_294_967_295),
        ];
        for (text, bits) in cases {
            assert_eq!(value_of(text), Some(Operand::Bits(bits)), "{text}");
        }
        assert_eq!(value_of("1.5"), Some(Operand::Float(1.5)));
        assert_eq!(value_of("0d3FF"), None);
    }
}
