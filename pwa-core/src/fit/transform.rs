//! Limits by a smooth map from an unlimited inner coordinate u to the outer coordinate x.
//!
//! ```text
//! none      x = u
//! low       x = low  + s (sqrt(u^2 + 1) - 1)
//! high      x = high - s (sqrt(u^2 + 1) - 1)
//! both      x = (low + high)/2 + (high - low)/2 sin u
//! ```
//!
//! Units: s and x in the coordinate's unit, u dimensionless where there is a limit.
//! Source: F. James, MINUIT reference manual (CERN D506), section 1.2; the length s is 1 there.
//! Limits: x'(u) = 0 and x''(u) != 0 on a limit, so a minimum that lies on a limit is an ordinary
//! quadratic minimum in u.

/// The map of one coordinate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Limits {
    None,
    Low { low: f64, scale: f64 },
    High { high: f64, scale: f64 },
    Both { low: f64, high: f64 },
}

impl Limits {
    pub fn new(low: f64, high: f64, scale: f64) -> Self {
        match (low.is_finite(), high.is_finite()) {
            (false, false) => Limits::None,
            (true, false) => Limits::Low { low, scale },
            (false, true) => Limits::High { high, scale },
            (true, true) => Limits::Both { low, high },
        }
    }

    /// x(u)
    pub fn outer(self, u: f64) -> f64 {
        match self {
            Limits::None => u,
            Limits::Low { low, scale } => low + scale * rise(u),
            Limits::High { high, scale } => high - scale * rise(u),
            // Where sin u = +-1 the sum may round one step beyond the limit.
            Limits::Both { low, high } => {
                (0.5 * (low + high) + 0.5 * (high - low) * libm::sin(u)).clamp(low, high)
            }
        }
    }

    /// x'(u) and x''(u)
    pub fn derivatives(self, u: f64) -> (f64, f64) {
        let root = (u * u + 1.0).sqrt();
        let (slope, bend) = (u / root, 1.0 / (root * root * root));
        match self {
            Limits::None => (1.0, 0.0),
            Limits::Low { scale, .. } => (scale * slope, scale * bend),
            Limits::High { scale, .. } => (-scale * slope, -scale * bend),
            Limits::Both { low, high } => {
                let half = 0.5 * (high - low);
                (half * libm::cos(u), -half * libm::sin(u))
            }
        }
    }

    /// The u >= 0 (one-sided) or |u| <= pi/2 (two-sided) with x(u) = x, for x inside the limits.
    pub fn inner(self, x: f64) -> f64 {
        let climb = |t: f64| (t * (t + 2.0)).max(0.0).sqrt();
        match self {
            Limits::None => x,
            Limits::Low { low, scale } => climb((x - low) / scale),
            Limits::High { high, scale } => climb((high - x) / scale),
            Limits::Both { low, high } => {
                let sine = (x - 0.5 * (low + high)) / (0.5 * (high - low));
                libm::asin(sine.clamp(-1.0, 1.0))
            }
        }
    }

    /// Whether x(u) is periodic, so that a long step in u means nothing.
    pub fn is_periodic(self) -> bool {
        matches!(self, Limits::Both { .. })
    }
}

/// sqrt(u^2 + 1) - 1 without cancellation at small u.
fn rise(u: f64) -> f64 {
    u * u / ((u * u + 1.0).sqrt() + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kinds() -> [Limits; 4] {
        let infinity = f64::INFINITY;
        [
            Limits::new(-infinity, infinity, 1.0),
            Limits::new(-0.5, infinity, 0.3),
            Limits::new(-infinity, 2.0, 0.7),
            Limits::new(-0.5, 2.0, 1.0),
        ]
    }

    proptest! {
        #[test]
        fn derivatives_match_differences(u in -3.0_f64..3.0) {
            for limits in kinds() {
                let h = 1e-4;
                let (below, here, above) =
                    (limits.outer(u - h), limits.outer(u), limits.outer(u + h));
                let (first, second) = limits.derivatives(u);
                // Truncation is h^2/6 times a third derivative of at most 1.25; rounding of the
                // second difference is 4 ulp / h^2.
                prop_assert!((first - (above - below) / (2.0 * h)).abs() < 1e-8);
                prop_assert!((second - (above - 2.0 * here + below) / (h * h)).abs() < 4e-7);
            }
        }

        #[test]
        fn inner_is_the_inverse_inside_the_limits(x in -0.499_f64..1.999) {
            for limits in kinds() {
                // asin loses half the digits where its slope is infinite, 1/sqrt(0.001) here.
                prop_assert!((limits.outer(limits.inner(x)) - x).abs() < 1e-13);
            }
        }

        #[test]
        fn the_outer_value_never_leaves_the_limits(u in -1e3_f64..1e3) {
            let [_, low, high, both] = kinds();
            prop_assert!(low.outer(u) >= -0.5);
            prop_assert!(high.outer(u) <= 2.0);
            prop_assert!((-0.5..=2.0).contains(&both.outer(u)));
        }
    }

    #[test]
    fn limits_themselves_are_reached() {
        let [_, low, high, both] = kinds();
        assert_eq!(low.outer(low.inner(-0.5)), -0.5);
        assert_eq!(high.outer(high.inner(2.0)), 2.0);
        assert_eq!(both.outer(both.inner(-0.5)), -0.5);
        assert_eq!(both.outer(both.inner(2.0)), 2.0);
    }
}
