//! From tokens to the syntax tree of a module.

mod instruction;

use super::token::{Token, tokens};
use super::{Function, Module, Operand, Space, Statement, Type, Variable};

/// PTX that could not be understood.
#[derive(Debug, thiserror::Error, PartialEq)]
#[error("PTX line {line}: {problem}")]
pub struct ParseError {
    pub line: u32,
    pub problem: String,
}

type Result<T> = std::result::Result<T, ParseError>;

/// The module that a text describes.
pub fn parse(text: &str) -> Result<Module> {
    let mut parser = Parser {
        tokens: tokens(text),
        next: 0,
    };
    parser.module().map_err(|error| {
        let line = text.lines().nth(error.line.saturating_sub(1) as usize);
        let problem = format!("{}, in `{}`", error.problem, line.unwrap_or("").trim());
        ParseError { problem, ..error }
    })
}

struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    next: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> &'a str {
        self.tokens.get(self.next).map_or("", |token| token.text)
    }

    fn line(&self) -> u32 {
        let last = self.tokens.last();
        self.tokens.get(self.next).or(last).map_or(1, |t| t.line)
    }

    fn take(&mut self) -> Result<&'a str> {
        match self.tokens.get(self.next) {
            Some(token) => {
                self.next += 1;
                Ok(token.text)
            }
            None => self.error("the text ends too early"),
        }
    }

    fn accept(&mut self, text: &str) -> bool {
        let found = self.peek() == text;
        self.next += usize::from(found);
        found
    }

    fn require(&mut self, text: &str) -> Result<()> {
        if self.accept(text) {
            return Ok(());
        }
        self.error(format!("`{text}` expected, found `{}`", self.peek()))
    }

    fn error<T>(&self, problem: impl Into<String>) -> Result<T> {
        Err(ParseError {
            line: self.line(),
            problem: problem.into(),
        })
    }

    fn module(&mut self) -> Result<Module> {
        let mut module = Module::default();
        while self.next < self.tokens.len() {
            match self.take()? {
                ".version" | ".address_size" => {
                    self.take()?;
                }
                ".target" => {
                    self.take()?.clone_into(&mut module.target);
                    while self.accept(",") {
                        self.take()?;
                    }
                }
                ".visible" | ".weak" | ".extern" | ".common" => {}
                ".global" => self.module_variable(Space::Global, &mut module)?,
                ".const" => self.module_variable(Space::Constant, &mut module)?,
                ".shared" => self.module_variable(Space::Shared, &mut module)?,
                ".entry" => self.function(true, &mut module)?,
                ".func" => self.function(false, &mut module)?,
                // What a debugger wants.
                ".file" => self.skip_line(),
                ".section" => self.skip_braces()?,
                other => {
                    self.next -= 1;
                    return self.error(format!("the directive `{other}` is not supported"));
                }
            }
        }
        Ok(module)
    }

    fn skip_line(&mut self) {
        let line = self.line();
        while self.next < self.tokens.len() && self.line() == line {
            self.next += 1;
        }
    }

    fn skip_braces(&mut self) -> Result<()> {
        while self.take()? != "}" {}
        Ok(())
    }

    fn module_variable(&mut self, space: Space, module: &mut Module) -> Result<()> {
        let variable = self.variable(space)?;
        self.require(";")?;
        module.variables.push(variable);
        Ok(())
    }

    /// `.align 8 .b8 name[40] = {1, 2}`, behind its space.
    fn variable(&mut self, space: Space) -> Result<Variable> {
        let mut align = None;
        let mut element = None;
        while let Some(word) = self.peek().strip_prefix('.') {
            self.next += 1;
            match word {
                "align" => align = Some(self.number()?),
                // `.param .u64 .ptr .global .align 8 name`: hints.
                "ptr" | "global" | "shared" | "local" | "const" => {}
                _ => match Type::named(word) {
                    Some(ty) => element = Some(ty),
                    None => return self.error(format!("the type `.{word}` is not supported")),
                },
            }
        }
        let Some(element) = element else {
            return self.error("a declaration has no type");
        };
        let name = self.take()?.to_owned();
        let mut count = 1;
        let mut is_dynamic = false;
        while self.accept("[") {
            if self.accept("]") {
                is_dynamic = true;
            } else {
                count *= self.number()?;
                self.require("]")?;
            }
        }
        let bytes = u64::from(element.bytes);
        let size = if is_dynamic { 0 } else { bytes * count };
        let initial = if self.accept("=") {
            self.initial(element)?
        } else {
            Vec::new()
        };
        if initial.len() as u64 > size {
            return self.error(format!("`{name}` has more initial values than elements"));
        }
        let align = align.unwrap_or(bytes);
        Ok(Variable {
            space,
            name,
            element,
            align,
            size,
            is_dynamic,
            initial,
        })
    }

    fn initial(&mut self, element: Type) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut depth = 0;
        loop {
            if self.accept("{") {
                depth += 1;
            } else if self.accept("}") {
                depth -= 1;
            } else if !self.accept(",") {
                let value = match self.literal()? {
                    Some(Operand::Bits(bits)) => bits,
                    Some(Operand::Float(value)) if element.bytes == 8 => value.to_bits(),
                    Some(Operand::Float(value)) => u64::from((value as f32).to_bits()),
                    _ => return self.error("an initial value has to be a number"),
                };
                bytes.extend_from_slice(&value.to_le_bytes()[..usize::from(element.bytes)]);
            }
            if depth == 0 {
                return Ok(bytes);
            }
        }
    }

    fn parameters(&mut self) -> Result<Vec<Variable>> {
        let mut list = Vec::new();
        if !self.accept("(") {
            return Ok(list);
        }
        while !self.accept(")") {
            if !self.accept(".param") {
                return self.error("only `.param` arguments are supported");
            }
            list.push(self.variable(Space::Parameter)?);
            self.accept(",");
        }
        Ok(list)
    }

    fn function(&mut self, is_kernel: bool, module: &mut Module) -> Result<()> {
        let returns = if is_kernel {
            Vec::new()
        } else {
            self.parameters()?
        };
        let name = self.take()?.to_owned();
        let parameters = self.parameters()?;
        let mut max_threads = None;
        loop {
            match self.take()? {
                "{" => break,
                // A declaration; its body comes later.
                ";" => return Ok(()),
                ".maxntid" | ".reqntid" => {
                    let mut threads = self.number()?;
                    while self.accept(",") {
                        threads *= self.number()?;
                    }
                    max_threads = Some(threads);
                }
                ".minnctapersm" | ".maxnreg" => {
                    self.number()?;
                }
                ".pragma" => {
                    self.take()?;
                }
                ".noreturn" => {}
                other => return self.error(format!("`{name}`: `{other}` is not supported")),
            }
        }
        let body = self.body()?;
        module.functions.push(Function {
            name,
            is_kernel,
            returns,
            parameters,
            max_threads,
            body,
        });
        Ok(())
    }

    /// The statements up to the brace that closes a function.
    fn body(&mut self) -> Result<Vec<Statement>> {
        let mut body = Vec::new();
        let mut depth = 1;
        loop {
            match self.peek() {
                "{" => {
                    self.next += 1;
                    depth += 1;
                    body.push(Statement::Open);
                }
                "}" => {
                    self.next += 1;
                    depth -= 1;
                    if depth == 0 {
                        return Ok(body);
                    }
                    body.push(Statement::Close);
                }
                ".loc" => self.skip_line(),
                ".pragma" => while self.take()? != ";" {},
                ".reg" => body.push(self.registers()?),
                ".shared" => body.push(self.local_variable(Space::Shared)?),
                ".local" => body.push(self.local_variable(Space::Local)?),
                ".param" => body.push(self.local_variable(Space::Parameter)?),
                _ if self.label_follows() => {
                    body.push(Statement::Label(self.take()?.to_owned()));
                    self.require(":")?;
                }
                _ => body.push(Statement::Instruction(self.instruction()?)),
            }
        }
    }

    /// One colon makes a label, two belong to an opcode.
    fn label_follows(&self) -> bool {
        let colon = |at: usize| self.tokens.get(at).is_some_and(|token| token.text == ":");
        colon(self.next + 1) && !colon(self.next + 2)
    }

    fn local_variable(&mut self, space: Space) -> Result<Statement> {
        self.next += 1;
        let variable = self.variable(space)?;
        self.require(";")?;
        Ok(Statement::Variable(variable))
    }

    /// `.reg .f64 %fd<7>, %x;`
    fn registers(&mut self) -> Result<Statement> {
        self.next += 1;
        let word = self.take()?;
        let Some(ty) = word.strip_prefix('.').and_then(Type::named) else {
            return self.error(format!("registers of type `{word}` are not supported"));
        };
        let mut names = Vec::new();
        loop {
            let name = self.take()?;
            if self.accept("<") {
                let count = self.number()?;
                self.require(">")?;
                names.extend((0..count).map(|index| format!("{name}{index}")));
            } else {
                names.push(name.to_owned());
            }
            if self.accept(";") {
                return Ok(Statement::Registers { names, ty });
            }
            self.require(",")?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kernel_has_parameters_registers_and_instructions() {
        let text = ".version 8.4\n.target sm_70\n.address_size 64\n\
            .visible .entry k(.param .u64 .ptr .align 8 k_0, .param .u32 k_1)\n.maxntid 128, 1, 1\n{\n\
            .reg .f64 %fd<3>;\n{\n.reg .b32 t;\n}\nL: @!%p1 ld.global.v2.f64 {%fd1, %fd2}, [%rd1+-16];\n\
            shfl.sync.down.b32 %r1|%p2, %r2, 16, 31, -1;\nret;\n}\n";
        let module = parse(text).unwrap();
        assert_eq!(module.target, "sm_70");
        let kernel = &module.functions[0];
        assert_eq!(kernel.max_threads, Some(128));
        let sizes: Vec<u64> = kernel.parameters.iter().map(|p| p.size).collect();
        assert_eq!(sizes, [8, 4]);
        let load = kernel.body.iter().find_map(|statement| match statement {
            Statement::Instruction(instruction) => Some(instruction),
            _ => None,
        });
        let load = load.unwrap();
        assert!(load.guard.as_ref().unwrap().negated);
        let base = Box::new(Operand::Name("%rd1".into()));
        assert_eq!(load.operands[1], Operand::Address(base, -16));
    }

    #[test]
    fn a_strange_directive_is_named_with_its_line() {
        let error = parse(".version 8.4\n.tex .u64 t;").unwrap_err();
        assert_eq!((error.line, error.problem.contains("`.tex`")), (2, true));
    }
}
