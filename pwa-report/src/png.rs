//! Pictures as PNG, with the font that the binary carries.

use std::sync::{Arc, LazyLock};

use pwa_core::fence::fenced;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};
use thiserror::Error;

/// Why there is no PNG.
#[derive(Debug, Error)]
#[error("no PNG of the picture: {0}")]
pub struct PngError(String);

static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(dejavu::sans::regular().to_vec());
    fonts.set_sans_serif_family("DejaVu Sans");
    Arc::new(fonts)
});

/// The picture with `scale` pixels a unit.
///
/// # Errors
/// When the text is no SVG.
pub fn png(svg: &str, scale: f32) -> Result<Vec<u8>, PngError> {
    fenced(|| render(svg, scale)).map_err(PngError)?
}

fn render(svg: &str, scale: f32) -> Result<Vec<u8>, PngError> {
    let failed = |error: &dyn std::fmt::Display| PngError(error.to_string());
    let options = Options {
        fontdb: FONTS.clone(),
        font_family: "DejaVu Sans".to_owned(),
        ..Options::default()
    };
    let tree = Tree::from_str(svg, &options).map_err(|error| failed(&error))?;
    let size = tree.size();
    let [width, height] =
        [size.width(), size.height()].map(|length| (length * scale).ceil() as u32);
    let mut pixels =
        Pixmap::new(width, height).ok_or_else(|| failed(&"the picture has no size"))?;
    let transform = Transform::from_scale(scale, scale);
    resvg::render(&tree, transform, &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| failed(&error))
}
