//! Kernels from a few lines of PTX, and a card to run them on.

#![allow(dead_code, reason = "each test target uses a part of it")]

use std::sync::Arc;

use cuda_emulator::card::{Arguments, Card, Model};
use cuda_emulator::execute::{Counters, Order, Problem, Shape, Violation};
use cuda_emulator::memory::Allocation;
use cuda_emulator::program::{self, LoadError, Program};

/// What stands before every kernel.
pub const HEAD: &str = ".version 8.0\n.target sm_70\n.address_size 64\n";

pub struct Machine {
    pub card: Card,
}

impl Machine {
    pub fn new(order: Order) -> Machine {
        let model = Model::of(70).unwrap();
        Machine {
            card: Card::new(0, model, (1 << 28, 0), order, 1 << 20),
        }
    }

    pub fn load(&self, text: &str) -> Result<Program, LoadError> {
        let memory = &self.card.memory;
        let mut place = |variable: &cuda_emulator::ptx::Variable| {
            let constant = variable.space == cuda_emulator::ptx::Space::Constant;
            let mut memory = memory.write().unwrap();
            let allocation =
                memory.define(&variable.name, variable.size, &variable.initial, constant);
            allocation.map(|allocation| allocation.base)
        };
        program::load(text, 70, &mut place).map(|(program, _)| program)
    }

    /// Memory with these words.
    pub fn words(&self, words: &[u64]) -> Arc<Allocation> {
        let allocation = self.uninitialised(8 * words.len() as u64);
        for (index, word) in words.iter().enumerate() {
            allocation.region.store(8 * index as u64, 8, *word);
        }
        allocation
    }

    pub fn uninitialised(&self, bytes: u64) -> Arc<Allocation> {
        self.card.memory.write().unwrap().allocate(bytes).unwrap()
    }

    /// Runs the kernel `k` of a text with 64-bit parameters.
    pub fn run(
        &self,
        text: &str,
        shape: (u32, u32),
        parameters: &[u64],
    ) -> Result<Counters, Box<Violation>> {
        let program = self.load(text).unwrap();
        let kernel = &program.kernels["k"];
        let parameters = parameters
            .iter()
            .flat_map(|word| word.to_le_bytes())
            .collect();
        let shape = Shape {
            grid: [shape.0, 1, 1],
            block: [shape.1, 1, 1],
        };
        let arguments = Arguments {
            shape,
            dynamic_shared_bytes: 0,
            parameters,
        };
        self.card.check(kernel, &arguments, 0).unwrap();
        let launched = self.card.launch(kernel, arguments)?;
        Ok(launched.counters)
    }
}

pub fn read(allocation: &Allocation) -> Vec<u64> {
    (0..allocation.region.bytes() / 8)
        .map(|index| allocation.region.load(8 * index, 8))
        .collect()
}

/// A kernel `k(in, out)` whose thread i has the words 3 i, 3 i + 1, 3 i + 2 of `in` in registers of every
/// kind (`%a`, `%w`, `%h`, `%d`, `%f` with 0, 1, 2), and which stores `%out` at word i of `out`.
pub fn kernel_of_words(body: &str) -> String {
    let mut load = String::new();
    for index in 0..3 {
        load += &format!(
            "ld.global.b64 %a{index}, [%x6+{}];\n cvt.u32.u64 %w{index}, %a{index};\n cvt.u16.u64 %h{index}, %a{index};\n\
             mov.b64 %d{index}, %a{index};\n mov.b32 %f{index}, %w{index};\n",
            8 * index
        );
    }
    format!(
        "{HEAD}.visible .entry k(.param .u64 in, .param .u64 out)\n{{\n\
         .reg .pred %p<8>;\n.reg .b16 %h<8>;\n.reg .b32 %w<8>;\n.reg .b64 %a<8>, %x<8>, %out;\n.reg .f64 %d<8>;\n.reg .f32 %f<8>;\n\
         ld.param.u64 %x6, [in];\nld.param.u64 %x5, [out];\nmov.u32 %w7, %tid.x;\n\
         mad.wide.u32 %x6, %w7, 24, %x6;\nmad.wide.u32 %x5, %w7, 8, %x5;\n{load}\n{body}\n\
         st.global.b64 [%x5], %out;\nret;\n}}\n"
    )
}

/// The results of such a kernel.
pub fn results(body: &str, words: &[[u64; 3]]) -> Vec<u64> {
    let machine = Machine::new(Order::Forward);
    let input = machine.words(&words.concat());
    let output = machine.uninitialised(8 * words.len() as u64);
    let text = kernel_of_words(body);
    machine
        .run(&text, (1, words.len() as u32), &[input.base, output.base])
        .unwrap();
    read(&output)
}

/// The problem that a kernel must have.
pub fn problem(result: Result<Counters, Box<Violation>>) -> Problem {
    result.expect_err("the bug was not found").problem
}
