//! Numbers as they are printed.

/// A value with as many digits as its error justifies: two digits of the error.
pub fn with_error(value: f64, error: Option<f64>) -> (String, String) {
    match error {
        Some(error) if error > 0.0 && error.is_finite() => {
            let decimals = (1.0 - error.log10().floor()).clamp(0.0, 12.0) as usize;
            (format!("{value:.decimals$}"), format!("{error:.decimals$}"))
        }
        _ => (format!("{value:.6}"), "—".to_owned()),
    }
}
