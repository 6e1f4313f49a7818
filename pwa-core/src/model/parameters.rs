//! The numbers of a model: named, with start, limits and unit; free, fixed or shared.

use std::borrow::Cow;
use std::collections::BTreeMap;

use num_complex::Complex64;

use crate::expr::Expr;

/// Place of a parameter in [`Parameters`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParameterId(pub usize);

/// Place of a coupling in [`Parameters`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CouplingId(pub usize);

/// What a parameter does: how a random start draws it depends on this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterRole {
    /// A mass, width or other number of a line shape.
    Shape,
    Re,
    Im,
    Modulus,
    Phase,
    /// Of the initial particle's density matrix or a background's density, which random numbers would make none.
    Density,
}

/// One real number of the model.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    pub name: String,
    pub start: f64,
    pub free: bool,
    pub limits: Option<[f64; 2]>,
    pub unit: Cow<'static, str>,
    pub role: ParameterRole,
    /// The parameter this one always equals.
    pub same_as: Option<ParameterId>,
}

impl Parameter {
    /// Whether a fit varies it by itself.
    fn is_free(&self) -> bool {
        self.free && self.same_as.is_none()
    }
}

/// Whether a coupling is re + i im or modulus exp(i phase).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CouplingForm {
    Cartesian,
    Polar,
}

/// A complex number of the model.
#[derive(Debug, Clone, PartialEq)]
pub struct Coupling {
    pub name: String,
    pub form: CouplingForm,
    pub parts: [ParameterId; 2],
}

/// How the value of a parameter is hidden.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Blind {
    /// What is added to a value before it is shown.
    offset: f64,
    /// What a fit has shown of the value it has now.
    shown: Option<f64>,
}

/// All parameters and couplings of a model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parameters {
    parameters: Vec<Parameter>,
    couplings: Vec<Coupling>,
    blind: BTreeMap<ParameterId, Blind>,
}

impl Parameters {
    pub fn push(&mut self, parameter: Parameter) -> ParameterId {
        self.parameters.push(parameter);
        ParameterId(self.parameters.len() - 1)
    }

    pub fn push_coupling(&mut self, coupling: Coupling) -> CouplingId {
        self.couplings.push(coupling);
        CouplingId(self.couplings.len() - 1)
    }

    pub fn get(&self, id: ParameterId) -> &Parameter {
        &self.parameters[id.0]
    }

    pub fn get_mut(&mut self, id: ParameterId) -> &mut Parameter {
        &mut self.parameters[id.0]
    }

    pub fn coupling(&self, id: CouplingId) -> &Coupling {
        &self.couplings[id.0]
    }

    pub fn couplings(&self) -> &[Coupling] {
        &self.couplings
    }

    /// The form of every coupling made of these two parameters, shared or not.
    pub fn set_form(&mut self, parts: [ParameterId; 2], form: CouplingForm) {
        for index in 0..self.couplings.len() {
            if self.couplings[index].parts.map(|part| self.source(part)) == parts {
                self.couplings[index].form = form;
            }
        }
    }

    pub fn find(&self, name: &str) -> Option<ParameterId> {
        self.parameters
            .iter()
            .position(|parameter| parameter.name == name)
            .map(ParameterId)
    }

    pub fn find_coupling(&self, name: &str) -> Option<CouplingId> {
        self.couplings
            .iter()
            .position(|coupling| coupling.name == name)
            .map(CouplingId)
    }

    pub fn iter(&self) -> impl Iterator<Item = (ParameterId, &Parameter)> {
        self.parameters
            .iter()
            .enumerate()
            .map(|(index, parameter)| (ParameterId(index), parameter))
    }

    pub fn len(&self) -> usize {
        self.parameters.len()
    }

    pub fn is_empty(&self) -> bool {
        self.parameters.is_empty()
    }

    /// The parameter that carries the value: the end of the chain of `same_as`.
    pub fn source(&self, id: ParameterId) -> ParameterId {
        let mut at = id;
        // A circle cannot arise: `share` refuses it.
        while let Some(next) = self.get(at).same_as {
            at = next;
        }
        at
    }

    /// Makes `id` always equal `target`; false where that would be a circle.
    pub fn share(&mut self, id: ParameterId, target: ParameterId) -> bool {
        if self.source(target) == id {
            return false;
        }
        self.get_mut(id).same_as = Some(target);
        true
    }

    pub fn value(&self, id: ParameterId) -> f64 {
        self.get(self.source(id)).start
    }

    /// Shows values of a parameter with this offset from now on; start values of a config are no secret.
    pub fn hide(&mut self, id: ParameterId, offset: f64) {
        let source = self.source(id);
        let shown = None;
        self.blind.insert(source, Blind { offset, shown });
    }

    /// Hides nothing any more.
    pub fn reveal(&mut self) {
        self.blind.clear();
    }

    /// What is added to values of a parameter that a fit has found before they are shown.
    pub fn offset(&self, id: ParameterId) -> Option<f64> {
        Some(self.blind.get(&self.source(id))?.offset)
    }

    /// Gives a parameter the value that a fit has shown like this.
    pub fn set_shown(&mut self, id: ParameterId, shown: f64) {
        let source = self.source(id);
        let offset = self.blind.get_mut(&source).map_or(0.0, |blind| {
            blind.shown = Some(shown);
            blind.offset
        });
        self.get_mut(source).start = shown - offset;
    }

    /// The value of a parameter as others may see it.
    pub fn shown(&self, id: ParameterId) -> f64 {
        let blind = self.blind.get(&self.source(id));
        let shown = blind.and_then(|blind| blind.shown);
        shown.unwrap_or_else(|| self.value(id))
    }

    /// A complex number at the start values.
    pub fn coupling_value(&self, id: CouplingId) -> Complex64 {
        let coupling = self.coupling(id);
        let [a, b] = coupling.parts.map(|part| self.value(part));
        match coupling.form {
            CouplingForm::Cartesian => Complex64::new(a, b),
            CouplingForm::Polar => Complex64::new(a * libm::cos(b), a * libm::sin(b)),
        }
    }

    /// The parameters a fit varies, in the order of the point it works on.
    pub fn free(&self) -> Vec<ParameterId> {
        let free = self.iter().filter(|(_, parameter)| parameter.is_free());
        free.map(|(id, _)| id).collect()
    }

    /// Their names, in the same order.
    pub fn free_names(&self) -> Vec<&str> {
        let free = self.iter().filter(|(_, parameter)| parameter.is_free());
        free.map(|(_, parameter)| parameter.name.as_str()).collect()
    }

    /// Fixes all of them at their values.
    pub fn fix_all(&mut self) {
        for parameter in &mut self.parameters {
            parameter.free = false;
        }
    }

    /// The values of the free parameters.
    pub fn start(&self) -> Vec<f64> {
        self.free().into_iter().map(|id| self.value(id)).collect()
    }

    /// The same as others may see them.
    pub fn shown_start(&self) -> Vec<f64> {
        self.free().into_iter().map(|id| self.shown(id)).collect()
    }

    /// A free parameter as a symbol (its place among the free ones), a fixed one as its number.
    pub fn expr(&self, id: ParameterId) -> Expr {
        let source = self.source(id);
        if !self.get(source).is_free() {
            return self.value(source).into();
        }
        let before = self.parameters[..source.0].iter();
        Expr::parameter(before.filter(|parameter| parameter.is_free()).count() as u32)
    }

    pub fn coupling_expr(&self, id: CouplingId) -> Expr {
        let coupling = self.coupling(id);
        let [a, b] = coupling.parts.map(|part| self.expr(part));
        match coupling.form {
            CouplingForm::Cartesian => Expr::cartesian(a, b),
            CouplingForm::Polar => Expr::polar(a, b),
        }
    }
}
