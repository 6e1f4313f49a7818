//! Spins as exact half-integers, parities as signs.

use std::fmt;
use std::str::FromStr;

/// A spin, stored doubled so that half-integers are exact.
///
/// ```
/// use pwa_core::particle::Spin;
/// let spin: Spin = "3/2".parse().unwrap();
/// assert_eq!((spin.two_j(), spin.multiplicity()), (3, 4));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spin {
    two_j: u32,
}

impl Spin {
    pub const ZERO: Self = Self { two_j: 0 };
    pub const HALF: Self = Self { two_j: 1 };
    pub const ONE: Self = Self { two_j: 2 };

    pub const fn from_two_j(two_j: u32) -> Self {
        Self { two_j }
    }

    pub const fn two_j(self) -> u32 {
        self.two_j
    }

    /// 2j + 1.
    pub const fn multiplicity(self) -> u32 {
        self.two_j + 1
    }

    pub const fn is_fermion(self) -> bool {
        self.two_j % 2 == 1
    }

    /// The projections −j … j, doubled.
    pub fn projections(self) -> impl DoubleEndedIterator<Item = i32> {
        crate::spin::projections(self.two_j)
    }
}

impl fmt::Display for Spin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_fermion() {
            write!(f, "{}/2", self.two_j)
        } else {
            write!(f, "{}", self.two_j / 2)
        }
    }
}

impl FromStr for Spin {
    type Err = ParseQuantumNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseQuantumNumberError::Spin {
            text: text.to_owned(),
        };
        let digits = |text: &str| -> Option<u32> {
            let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| text.parse().ok())?
        };
        let text = text.trim();
        let two_j = match text.strip_suffix("/2") {
            Some(numerator) => digits(numerator),
            None => digits(text).and_then(|j| j.checked_mul(2)),
        };
        match two_j {
            // Beyond any use, and small enough that sums of a few spins cannot overflow.
            Some(two_j) if two_j <= 1000 => Ok(Self { two_j }),
            _ => Err(error()),
        }
    }
}

/// The eigenvalue +1 or −1 of a reflection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Parity {
    Odd,
    Even,
}

impl Parity {
    /// (−1)^n.
    pub const fn of_power(n: u32) -> Self {
        if n.is_multiple_of(2) {
            Self::Even
        } else {
            Self::Odd
        }
    }

    pub const fn sign(self) -> i32 {
        match self {
            Self::Even => 1,
            Self::Odd => -1,
        }
    }
}

impl std::ops::Mul for Parity {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        if self == other { Self::Even } else { Self::Odd }
    }
}

impl fmt::Display for Parity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::Even { "+" } else { "-" })
    }
}

impl FromStr for Parity {
    type Err = ParseQuantumNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim() {
            "+" | "+1" | "1" => Ok(Self::Even),
            "-" | "-1" => Ok(Self::Odd),
            _ => Err(ParseQuantumNumberError::Parity {
                text: text.to_owned(),
            }),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
pub enum ParseQuantumNumberError {
    #[error("`{text}` is not a spin")]
    #[diagnostic(
        code(gpuwa::particle::spin),
        help("write an integer or a half-integer: \"1\", \"3/2\"")
    )]
    Spin { text: String },
    #[error("`{text}` is not a parity")]
    #[diagnostic(code(gpuwa::particle::parity), help("write \"+\" or \"-\""))]
    Parity { text: String },
}

/// What the selection rules of a decay need to know of a particle; `None` is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct QuantumNumbers {
    pub spin: Spin,
    pub parity: Option<Parity>,
    pub c_parity: Option<Parity>,
    /// In units of the positron's charge.
    pub charge: Option<i32>,
    pub isospin: Option<Spin>,
    pub g_parity: Option<Parity>,
}

impl QuantumNumbers {
    /// Spin and parity only.
    pub const fn new(spin: Spin, parity: Option<Parity>) -> Self {
        Self {
            spin,
            parity,
            c_parity: None,
            charge: None,
            isospin: None,
            g_parity: None,
        }
    }
}

/// The usual J^PC notation, `?` where unknown: `1--`, `3/2-?`.
impl fmt::Display for QuantumNumbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign =
            |parity: Option<Parity>| parity.map_or("?".to_owned(), |parity| parity.to_string());
        write!(f, "{}{}", self.spin, sign(self.parity))?;
        if self.c_parity.is_some() {
            f.write_str(&sign(self.c_parity))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spins_survive_printing() {
        for two_j in 0..20 {
            let spin = Spin::from_two_j(two_j);
            assert_eq!(spin.to_string().parse(), Ok(spin));
        }
        assert_eq!("2/2".parse(), Ok(Spin::ONE));
    }

    #[test]
    fn what_is_not_a_half_integer_is_refused() {
        for text in [
            "",
            "-1",
            "+1",
            "1.5",
            "1/3",
            "/2",
            "3/2/2",
            "x",
            "99999999999",
            "4294967295",
        ] {
            assert!(text.parse::<Spin>().is_err(), "{text}");
        }
        assert!("?".parse::<Parity>().is_err());
    }

    #[test]
    fn parities_multiply_as_signs() {
        assert_eq!(Parity::Odd * Parity::Odd, Parity::Even);
        assert_eq!(Parity::of_power(3) * Parity::Even, Parity::Odd);
        assert_eq!("-".parse(), Ok(Parity::Odd));
    }

    #[test]
    fn unknown_parities_print_as_question_marks() {
        let mut numbers = QuantumNumbers::new(Spin::ONE, None);
        assert_eq!(numbers.to_string(), "1?");
        numbers.parity = Some(Parity::Odd);
        numbers.c_parity = Some(Parity::Odd);
        assert_eq!(numbers.to_string(), "1--");
    }
}
