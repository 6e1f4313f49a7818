//! A kernel with everything it calls, as one list of instructions.

use std::collections::HashMap;
use std::sync::Arc;

use super::calls::INNER;
use super::instruction::Predicate;
use super::opcode::Opcode;
use super::{
    Action, Constant, Flag, Instruction, Kernel, LoadError, Logic, Parameter, Register, Special,
    Symbol, Trap,
};
use crate::ptx::{self, Function, Module, Operand, Space, Statement, Type, Variable};

/// What is wrong with an instruction.
pub type Problem = String;

/// The executable form of a kernel.
pub fn kernel(
    module: &Module,
    function: &Function,
    symbols: &HashMap<String, Symbol>,
    text: &Arc<str>,
) -> Result<Kernel, LoadError> {
    let mut parameters = Vec::new();
    let mut parameter_bytes = 0u64;
    let mut names = HashMap::new();
    for parameter in &function.parameters {
        let offset = parameter_bytes.next_multiple_of(parameter.align);
        parameters.push(Parameter {
            offset,
            bytes: parameter.size,
        });
        names.insert(parameter.name.clone(), Name::KernelParameter(offset));
        parameter_bytes = offset + parameter.size;
    }
    let mut lowering = Lowering {
        module,
        symbols,
        text,
        scopes: vec![HashMap::new()],
        calls: vec![&function.name],
        code: Vec::new(),
        registers: 0,
        predicates: 0,
        constants: Vec::new(),
        specials: Vec::new(),
        slots: Vec::new(),
        shared_bytes: 0,
        local_bytes: 0,
        dynamic_align: 16,
        has_global_atomics: false,
    };
    for variable in module.variables.iter().filter(|v| v.space == Space::Shared) {
        // Where dynamic shared memory begins is known when all static variables are.
        if !variable.is_dynamic {
            lowering.declare(variable);
        }
    }
    lowering.reserve_shared(function);
    // Calls see what stands above, and not the parameters of the kernel.
    lowering.scopes.push(names);
    lowering.body(function)?;
    lowering.emit(Action::Exit, Flag::Constant(true), 0);
    Ok(Kernel {
        name: function.name.clone(),
        text: text.clone(),
        code: lowering.code,
        registers: lowering.registers,
        predicates: lowering.predicates,
        constants: lowering.constants,
        specials: lowering.specials,
        parameters,
        parameter_bytes,
        shared_bytes: lowering.shared_bytes,
        local_bytes: lowering.local_bytes.next_multiple_of(16),
        max_threads: function.max_threads,
        has_global_atomics: lowering.has_global_atomics,
    })
}

/// What a name stands for where it is used.
#[derive(Clone, Debug)]
pub enum Name {
    Register(Register, Type),
    Predicate(Predicate),
    /// An argument or a result of a call: registers by their offset, `Lowering::slots`.
    Slot(usize),
    KernelParameter(u64),
    /// An offset in shared or local memory.
    Shared(u64),
    Local(u64),
}

pub struct Lowering<'a> {
    pub module: &'a Module,
    pub symbols: &'a HashMap<String, Symbol>,
    text: &'a str,
    pub scopes: Vec<HashMap<String, Name>>,
    /// Functions that are being put into each other.
    pub calls: Vec<&'a str>,
    pub code: Vec<Instruction>,
    registers: u32,
    predicates: u32,
    pub constants: Vec<Constant>,
    pub specials: Vec<(Special, Register)>,
    pub slots: Vec<HashMap<u64, (Register, u8)>>,
    shared_bytes: u64,
    local_bytes: u64,
    dynamic_align: u64,
    pub has_global_atomics: bool,
}

/// Labels of one copy of a function, and the branches that want them.
struct Labels {
    places: HashMap<String, u32>,
    wanted: Vec<(usize, String)>,
    /// Branches to the end.
    returns: Vec<usize>,
}

impl<'a> Lowering<'a> {
    pub fn emit(&mut self, action: Action, guard: Flag, line: u32) {
        self.code.push(Instruction {
            action,
            guard,
            line,
        });
    }

    pub fn new_register(&mut self) -> Register {
        self.registers += 1;
        self.registers - 1
    }

    fn new_slot(&mut self) -> usize {
        self.slots.push(HashMap::new());
        self.slots.len() - 1
    }

    fn name(&mut self, name: &str, meaning: Name) {
        // The outermost scope is never left.
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.to_owned(), meaning);
        }
    }

    fn declare(&mut self, variable: &Variable) {
        let place = |end: &mut u64| {
            let offset = end.next_multiple_of(variable.align);
            *end = offset + variable.size;
            offset
        };
        let meaning = match variable.space {
            Space::Shared if variable.is_dynamic => {
                self.dynamic_align = self.dynamic_align.max(variable.align);
                Name::Shared(self.shared_bytes.next_multiple_of(self.dynamic_align))
            }
            Space::Shared => Name::Shared(place(&mut self.shared_bytes)),
            Space::Local => Name::Local(place(&mut self.local_bytes)),
            _ => Name::Slot(self.new_slot()),
        };
        self.name(&variable.name, meaning);
    }

    /// Places the static shared variables of a kernel and of everything it may call, in outer scope,
    /// and dynamic ones behind them.
    fn reserve_shared(&mut self, kernel: &Function) {
        let functions = self.module.functions.iter();
        let used = functions.filter(|f| !f.is_kernel || f.name == kernel.name);
        let variables = used
            .flat_map(|f| &f.body)
            .filter_map(|statement| match statement {
                Statement::Variable(variable) if variable.space == Space::Shared => Some(variable),
                _ => None,
            });
        let inside: Vec<&Variable> = variables.collect();
        let outside: Vec<&Variable> = self
            .module
            .variables
            .iter()
            .filter(|v| v.space == Space::Shared)
            .collect();
        // Where functions that are called know a variable by name, it stands outside.
        let all = || inside.iter().chain(&outside);
        for variable in all().filter(|v| !v.is_dynamic) {
            self.declare(variable);
        }
        for variable in all().filter(|v| v.is_dynamic) {
            self.declare(variable);
        }
        self.shared_bytes = self.shared_bytes.next_multiple_of(self.dynamic_align);
    }

    pub fn body(&mut self, function: &'a Function) -> Result<(), LoadError> {
        let mut labels = Labels {
            places: HashMap::new(),
            wanted: Vec::new(),
            returns: Vec::new(),
        };
        let depth = self.scopes.len();
        self.scopes.push(HashMap::new());
        for statement in &function.body {
            match statement {
                Statement::Open => self.scopes.push(HashMap::new()),
                Statement::Close => {
                    self.scopes.pop();
                }
                Statement::Registers { names, ty } => self.declare_registers(names, *ty),
                Statement::Variable(variable) if variable.space == Space::Shared => {}
                Statement::Variable(variable) => self.declare(variable),
                Statement::Label(label) => {
                    labels.places.insert(label.clone(), self.code.len() as u32);
                }
                Statement::Instruction(instruction) => {
                    self.instruction(instruction, &mut labels)?
                }
            }
        }
        self.scopes.truncate(depth);
        let end = self.code.len() as u32;
        for (at, label) in labels.wanted {
            let Some(&to) = labels.places.get(&label) else {
                let problem = format!("there is no label `{label}`");
                return Err(self.function_error(&function.name, problem));
            };
            self.code[at].action = Action::Branch { to };
        }
        for at in labels.returns {
            self.code[at].action = Action::Branch { to: end };
        }
        Ok(())
    }

    fn declare_registers(&mut self, names: &[String], ty: Type) {
        for name in names {
            let meaning = if ty.is_predicate() {
                self.predicates += 1;
                Name::Predicate(self.predicates - 1)
            } else {
                Name::Register(self.new_register(), ty)
            };
            self.name(name, meaning);
        }
    }

    fn function_error(&self, function: &str, problem: impl Into<String>) -> LoadError {
        LoadError::Function {
            function: function.to_owned(),
            problem: problem.into(),
        }
    }

    fn instruction(
        &mut self,
        instruction: &ptx::Instruction,
        labels: &mut Labels,
    ) -> Result<(), LoadError> {
        let line = instruction.line;
        let result =
            self.guard(instruction)
                .and_then(|guard| match instruction.opcode.split('.').next() {
                    Some("bra") => self.branch(instruction, guard, labels),
                    Some("ret") if self.calls.len() > 1 => {
                        labels.returns.push(self.code.len());
                        self.emit(Action::Branch { to: 0 }, guard, line);
                        Ok(())
                    }
                    Some("ret" | "exit") => {
                        self.emit(Action::Exit, guard, line);
                        Ok(())
                    }
                    Some("call") => self.call(instruction, guard),
                    _ => self.simple(instruction, guard),
                });
        result.map_err(|problem| match problem.strip_prefix(INNER) {
            // It was inside a function that is called here, and has its own line.
            Some(inner) => LoadError::Function {
                function: self.calls.join(" -> "),
                problem: inner.to_owned(),
            },
            None => {
                let text = self
                    .text
                    .lines()
                    .nth(line.saturating_sub(1) as usize)
                    .unwrap_or("");
                LoadError::Instruction {
                    line,
                    problem,
                    text: text.trim().to_owned(),
                }
            }
        })
    }

    fn guard(&mut self, instruction: &ptx::Instruction) -> Result<Flag, Problem> {
        let Some(guard) = &instruction.guard else {
            return Ok(Flag::Constant(true));
        };
        let register = self.predicate(&guard.register)?;
        Ok(Flag::Register {
            register,
            negated: guard.negated,
        })
    }

    fn branch(
        &mut self,
        instruction: &ptx::Instruction,
        guard: Flag,
        labels: &mut Labels,
    ) -> Result<(), Problem> {
        let [Operand::Name(label)] = &instruction.operands[..] else {
            return Err("a branch has one label".to_owned());
        };
        labels.wanted.push((self.code.len(), label.clone()));
        self.emit(Action::Branch { to: 0 }, guard, instruction.line);
        Ok(())
    }

    fn simple(&mut self, instruction: &ptx::Instruction, guard: Flag) -> Result<(), Problem> {
        let mut opcode = Opcode::new(&instruction.opcode);
        let operands = &instruction.operands[..];
        let action = match opcode.base {
            "ld" | "ldu" => self.load(&mut opcode, operands)?,
            "st" => self.store(&mut opcode, operands)?,
            "cp" => self.async_copy(&mut opcode, operands)?,
            "atom" | "red" => self.atomic(&mut opcode, operands)?,
            "bar" | "barrier" => self.barrier(&mut opcode, operands)?,
            "shfl" => self.shuffle(&mut opcode, operands)?,
            "vote" => self.vote(&mut opcode, operands)?,
            "match" | "redux" => self.gather(&mut opcode, operands)?,
            "activemask" => self.active_mask(&mut opcode, operands)?,
            "trap" => Action::Trap(Trap::Instruction),
            // Memory is always in order here, and nobody sleeps.
            "membar" | "fence" | "nanosleep" | "prefetch" | "prefetchu" => return Ok(()),
            _ => self.arithmetic(&mut opcode, operands)?,
        };
        if let Some(rest) = opcode.rest() {
            return Err(format!(
                "{rest} of `{}` is not supported",
                instruction.opcode
            ));
        }
        self.emit(action, guard, instruction.line);
        Ok(())
    }
}

/// `mov` of a predicate.
pub fn copy_of(to: Predicate, flag: Flag) -> Action {
    Action::Logic {
        logic: Logic::And,
        to,
        from: [flag, Flag::Constant(true)],
    }
}
