//! Data sheets of the cards that the emulator can claim to be.

/// What programs may ask about a card.
#[derive(Debug)]
pub struct Model {
    pub name: &'static str,
    /// 70 is compute capability 7.0.
    pub arch: u32,
    pub multiprocessors: u32,
    pub clock_khz: u32,
    pub memory_clock_khz: u32,
    pub bus_bits: u32,
    pub l2_bytes: u32,
    /// Shared memory of a multiprocessor.
    pub shared_bytes: u32,
    /// Shared memory of a block that asked for more than 48 kB.
    pub shared_bytes_optin: u32,
    pub threads_per_multiprocessor: u32,
    pub blocks_per_multiprocessor: u32,
    /// How many times faster single precision is than double.
    pub single_to_double: u32,
}

/// NVIDIA's data sheets, and the table "technical specifications" of the CUDA C++ Programming Guide.
const MODELS: &[Model] = &[
    Model {
        name: "Emulated P100 (PTX interpreter)",
        arch: 60,
        multiprocessors: 56,
        clock_khz: 1_480_000,
        memory_clock_khz: 715_000,
        bus_bits: 4096,
        l2_bytes: 4 << 20,
        shared_bytes: 64 << 10,
        shared_bytes_optin: 48 << 10,
        threads_per_multiprocessor: 2048,
        blocks_per_multiprocessor: 32,
        single_to_double: 2,
    },
    Model {
        name: "Emulated V100 (PTX interpreter)",
        arch: 70,
        multiprocessors: 80,
        clock_khz: 1_380_000,
        memory_clock_khz: 877_000,
        bus_bits: 4096,
        l2_bytes: 6 << 20,
        shared_bytes: 96 << 10,
        shared_bytes_optin: 96 << 10,
        threads_per_multiprocessor: 2048,
        blocks_per_multiprocessor: 32,
        single_to_double: 2,
    },
    Model {
        name: "Emulated A100 (PTX interpreter)",
        arch: 80,
        multiprocessors: 108,
        clock_khz: 1_410_000,
        memory_clock_khz: 1_215_000,
        bus_bits: 5120,
        l2_bytes: 40 << 20,
        shared_bytes: 164 << 10,
        shared_bytes_optin: 163 << 10,
        threads_per_multiprocessor: 2048,
        blocks_per_multiprocessor: 32,
        single_to_double: 2,
    },
    Model {
        name: "Emulated RTX A6000 (PTX interpreter)",
        arch: 86,
        multiprocessors: 84,
        clock_khz: 1_800_000,
        memory_clock_khz: 8_001_000,
        bus_bits: 384,
        l2_bytes: 6 << 20,
        shared_bytes: 100 << 10,
        shared_bytes_optin: 99 << 10,
        threads_per_multiprocessor: 1536,
        blocks_per_multiprocessor: 16,
        single_to_double: 64,
    },
    Model {
        name: "Emulated H100 (PTX interpreter)",
        arch: 90,
        multiprocessors: 132,
        clock_khz: 1_980_000,
        memory_clock_khz: 2_619_000,
        bus_bits: 5120,
        l2_bytes: 50 << 20,
        shared_bytes: 228 << 10,
        shared_bytes_optin: 227 << 10,
        threads_per_multiprocessor: 2048,
        blocks_per_multiprocessor: 32,
        single_to_double: 2,
    },
];

/// Registers that a kernel is said to use. PTX does not know how many the assembler would need.
pub const REGISTERS: u32 = 64;

impl Model {
    pub fn of(arch: u64) -> Option<&'static Model> {
        MODELS.iter().find(|model| u64::from(model.arch) == arch)
    }

    /// Bytes a second; memory sends twice a clock.
    pub fn bandwidth(&self) -> f64 {
        2e3 * f64::from(self.memory_clock_khz) * f64::from(self.bus_bits) / 8.0
    }

    /// Double precision operations a second: 64 single precision units a multiprocessor (128 on 8.6 and 9.0).
    pub fn double_rate(&self) -> f64 {
        let units = if self.arch >= 86 { 128 } else { 64 };
        let units = f64::from(units) / f64::from(self.single_to_double);
        2e3 * units * f64::from(self.multiprocessors) * f64::from(self.clock_khz)
    }

    /// Instructions of warps a second: four schedulers a multiprocessor.
    pub fn issue_rate(&self) -> f64 {
        4e3 * f64::from(self.multiprocessors) * f64::from(self.clock_khz)
    }

    /// Each block also takes 1 kB for the system since 8.0.
    fn reserved_shared_bytes(&self) -> u32 {
        if self.arch >= 80 { 1024 } else { 0 }
    }

    /// Blocks of a size that fit on a multiprocessor at once.
    pub fn blocks_that_fit(&self, threads: u32, shared_bytes: u64) -> u32 {
        let warps = threads.div_ceil(32).max(1);
        let by_threads = self.threads_per_multiprocessor / (32 * warps);
        let by_registers = 65536 / (REGISTERS * 32 * warps);
        let by_shared = match shared_bytes + u64::from(self.reserved_shared_bytes()) {
            0 => u32::MAX,
            bytes => (u64::from(self.shared_bytes) / bytes) as u32,
        };
        by_threads
            .min(by_registers)
            .min(by_shared)
            .min(self.blocks_per_multiprocessor)
    }

    /// The value of a device attribute, by its number in `cuda.h`; 0 for what is not there.
    pub fn attribute(&self, number: i32) -> Option<i32> {
        if !(1..=200).contains(&number) {
            return None;
        }
        let value = match number {
            1..=3 => 1024,       // threads of a block, and its x and y
            4 => 64,             // z of a block
            5 => 2_147_483_647,  // x of a grid
            6 | 7 => 65_535,     // y and z of a grid
            8 => 48 << 10,       // shared memory of a block
            9 => 64 << 10,       // constant memory
            10 => 32,            // warp size
            11 => 2_147_483_647, // pitch
            12 | 82 => 65_536,   // registers of a block and of a multiprocessor
            13 => self.clock_khz as i32,
            16 => self.multiprocessors as i32,
            15 | 31 | 40 | 41 => 1, // overlap, concurrent kernels, copy engine, unified addressing
            33 => 1,                // PCI bus
            36 => self.memory_clock_khz as i32,
            37 => self.bus_bits as i32,
            38 => self.l2_bytes as i32,
            39 => self.threads_per_multiprocessor as i32,
            75 => (self.arch / 10) as i32,
            76 => (self.arch % 10) as i32,
            78 | 115 => 1, // stream priorities, memory pools
            81 => self.shared_bytes as i32,
            87 => self.single_to_double as i32,
            97 => self.shared_bytes_optin as i32,
            106 => self.blocks_per_multiprocessor as i32,
            111 => self.reserved_shared_bytes() as i32,
            _ => 0,
        };
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_those_of_the_data_sheet() {
        let v100 = Model::of(70).unwrap();
        assert!(
            (v100.bandwidth() / 898e9 - 1.0).abs() < 1e-3,
            "{}",
            v100.bandwidth()
        );
        assert!(
            (v100.double_rate() / 7.06e12 - 1.0).abs() < 1e-2,
            "{}",
            v100.double_rate()
        );
    }

    #[test]
    fn shared_memory_limits_how_many_blocks_fit() {
        let v100 = Model::of(70).unwrap();
        assert_eq!(v100.blocks_that_fit(128, 0), 8);
        assert_eq!(v100.blocks_that_fit(128, 48 << 10), 2);
        assert_eq!(v100.blocks_that_fit(1024, 0), 1);
    }
}
