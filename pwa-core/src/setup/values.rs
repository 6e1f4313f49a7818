//! `--set name=value` and `--params file.json`: typed values, and those of a fit.

use super::SetupError;
use crate::config::did_you_mean;
use crate::model::{ParameterId, Parameters};

/// The values of a fit as its result.json has them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FittedValues {
    pub values: Vec<(String, f64)>,
    /// What tells how values in it are hidden; none where they are not.
    pub blind: Option<String>,
}

/// Gives parameters new start values.
///
/// # Errors
/// When a name is none of the model's, a value is not finite, or is hidden: nobody knows it.
pub fn set_values<'a>(
    parameters: &mut Parameters,
    values: impl IntoIterator<Item = (&'a str, f64)>,
) -> Result<(), SetupError> {
    for (name, value) in values {
        let id = found(parameters, name, value)?;
        if parameters.offset(id).is_some() {
            let name = name.to_owned();
            return Err(SetupError::BlindValue { name });
        }
        let source = parameters.source(id);
        parameters.get_mut(source).start = value;
    }
    Ok(())
}

/// Gives parameters the values of a fit whose offsets are those of the parameters.
///
/// # Errors
/// When a name is none of the model's, or a value is not finite.
pub(super) fn set_fitted(
    parameters: &mut Parameters,
    values: &[(String, f64)],
) -> Result<(), SetupError> {
    for (name, value) in values {
        let id = found(parameters, name, *value)?;
        parameters.set_shown(id, *value);
    }
    Ok(())
}

fn found(parameters: &Parameters, name: &str, value: f64) -> Result<ParameterId, SetupError> {
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
    match value.is_finite() {
        true => Ok(id),
        false => Err(SetupError::BadValue {
            name: name.to_owned(),
            value,
        }),
    }
}
