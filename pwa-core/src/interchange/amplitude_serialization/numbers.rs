//! Numbers as the format writes them: spins and helicities as fractions, complex numbers as sums.

use num_complex::Complex64;

use super::document::Number;

/// Twice a spin or helicity.
pub(super) fn doubled(number: &Number) -> Option<i32> {
    let twice = match number {
        Number::Value(value) => 2.0 * value,
        Number::Text(text) => match text.trim().split_once('/') {
            Some((numerator, "2")) => f64::from(numerator.parse::<i32>().ok()?),
            Some(_) => return None,
            None => 2.0 * f64::from(text.trim().parse::<i32>().ok()?),
        },
    };
    // Sums of a few spins must not overflow.
    (twice.fract() == 0.0 && twice.abs() <= 1000.0).then_some(twice as i32)
}

/// `1.5 - 0.2i`, `2i`, `3`.
pub(super) fn complex(number: &Number) -> Option<Complex64> {
    let text = match number {
        Number::Value(value) => return Some(Complex64::new(*value, 0.0)),
        Number::Text(text) => text.replace(' ', ""),
    };
    let finite = |text: &str| text.parse::<f64>().ok().filter(|value| value.is_finite());
    let Some(body) = ["im", "i", "j"]
        .iter()
        .find_map(|unit| text.strip_suffix(unit))
    else {
        return Some(Complex64::new(finite(&text)?, 0.0));
    };
    let sign = |&(place, c): &(usize, char)| {
        let exponent = body[..place].ends_with(['e', 'E']);
        place > 0 && matches!(c, '+' | '-') && !exponent
    };
    let (re, im) = match body.char_indices().rfind(sign) {
        Some((place, _)) => (finite(&body[..place])?, &body[place..]),
        None => (0.0, body),
    };
    let im = match im {
        "" | "+" => 1.0,
        "-" => -1.0,
        digits => finite(digits)?,
    };
    Some(Complex64::new(re, im))
}

/// As [`doubled`] reads it.
pub(super) fn fraction(two: i32) -> Number {
    Number::Text(match two % 2 {
        0 => (two / 2).to_string(),
        _ => format!("{two}/2"),
    })
}

/// As [`complex`] reads it, to the last bit.
pub(super) fn sum(value: Complex64) -> Number {
    let sign = if value.im.is_sign_negative() {
        '-'
    } else {
        '+'
    };
    Number::Text(format!("{:?} {sign} {:?}i", value.re, value.im.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Number {
        Number::Text(text.to_owned())
    }

    #[test]
    fn spins_and_helicities_are_fractions() {
        for (written, two) in [("1/2", 1), ("-3/2", -3), ("0", 0), ("-2", -4)] {
            assert_eq!(doubled(&text(written)), Some(two));
            assert_eq!(doubled(&fraction(two)), Some(two));
        }
        assert_eq!(doubled(&Number::Value(1.5)), Some(3));
        for bad in ["", "x", "1/3", "1.5", "99999999"] {
            assert_eq!(doubled(&text(bad)), None, "{bad}");
        }
    }

    #[test]
    fn complex_numbers_are_sums() {
        for (written, re, im) in [
            ("7.386 + 1.971i", 7.386, 1.971),
            ("-0.12 - 0.0i", -0.12, 0.0),
            ("1e-3 - 2E-4im", 1e-3, -2e-4),
            ("-2i", 0.0, -2.0),
            ("3 - i", 3.0, -1.0),
            ("4", 4.0, 0.0),
        ] {
            assert_eq!(
                complex(&text(written)),
                Some(Complex64::new(re, im)),
                "{written}"
            );
        }
        for bad in ["", "1 + i2", "a + bi", "nan + 0i"] {
            assert_eq!(complex(&text(bad)), None, "{bad}");
        }
        let value = Complex64::new(0.1 + 0.2, -1.0 / 3.0);
        assert_eq!(complex(&sum(value)), Some(value));
    }
}
