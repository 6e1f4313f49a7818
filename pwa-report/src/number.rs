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

/// Two digits of an error that stands beside a larger one; nothing where there is none.
pub fn small_error(error: Option<f64>) -> String {
    error.map_or_else(String::new, |error| with_error(error, Some(error)).1)
}
