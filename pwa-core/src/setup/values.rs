//! `--set name=value` and `--params file.json`.

use super::SetupError;
use crate::config::did_you_mean;
use crate::model::Parameters;

/// Gives parameters new start values.
///
/// # Errors
/// When a name is none of the model's, or a value is not finite.
pub fn set_values<'a>(
    parameters: &mut Parameters,
    values: impl IntoIterator<Item = (&'a str, f64)>,
) -> Result<(), SetupError> {
    for (name, value) in values {
        let Some(id) = parameters.find(name) else {
            let names = parameters
                .iter()
                .map(|(_, parameter)| parameter.name.as_str());
            return Err(SetupError::UnknownParameter {
                name: name.to_owned(),
                help: did_you_mean(name, names)
                    .unwrap_or_else(|| "`gpuwa check` prints the parameters".to_owned()),
            });
        };
        if !value.is_finite() {
            let name = name.to_owned();
            return Err(SetupError::BadValue { name, value });
        }
        let source = parameters.source(id);
        parameters.get_mut(source).start = value;
    }
    Ok(())
}
