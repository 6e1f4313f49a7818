//! Colours that people with any kind of colour vision tell apart.

/// M. Okabe, K. Ito, "Color Universal Design" (2008), without the yellow that white paper swallows.
const LINES: [&str; 6] = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9",
];

/// Further lines of a colour are dashed.
const DASHES: [&str; 4] = ["none", "7 3", "2 3", "9 3 2 3"];

/// Colour and dashes of line number `number`.
pub fn line(number: usize) -> (&'static str, &'static str) {
    let dashes = DASHES[number / LINES.len() % DASHES.len()];
    (LINES[number % LINES.len()], dashes)
}

/// From dark to light, as cividis has it: J. R. Nuñez, C. R. Anderton, R. S. Renslow, PLoS ONE 13 (2018) e0199239.
const CIVIDIS: [[f64; 3]; 5] = [
    [0.0, 34.0, 78.0],
    [65.0, 77.0, 107.0],
    [124.0, 123.0, 120.0],
    [188.0, 175.0, 111.0],
    [254.0, 232.0, 56.0],
];

/// Of a content between 0 and 1; nothing is white.
pub fn content(share: f64) -> String {
    mix(&CIVIDIS, share)
}

/// Of a number between -1 and 1: blue, white, orange.
pub fn signed(value: f64) -> String {
    mix(
        &[
            [0.0, 114.0, 178.0],
            [255.0, 255.0, 255.0],
            [213.0, 94.0, 0.0],
        ],
        0.5 * (value + 1.0),
    )
}

fn mix(stops: &[[f64; 3]], share: f64) -> String {
    let place = share.clamp(0.0, 1.0) * (stops.len() - 1) as f64;
    let below = (place.floor() as usize).min(stops.len() - 2);
    let part = place - below as f64;
    let [r, g, b] = [0, 1, 2].map(|i| {
        let channel = stops[below][i] + part * (stops[below + 1][i] - stops[below][i]);
        channel.round() as u8
    });
    format!("#{r:02x}{g:02x}{b:02x}")
}
