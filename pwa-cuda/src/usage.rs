//! What kernels take of a processor, by the words of the assembler.

/// Registers and memory of one kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    pub kernel: String,
    /// Of a thread.
    pub registers: u32,
    /// Bytes that a thread stores and loads because registers did not suffice.
    pub spills: u32,
    /// Bytes of local memory of a thread: spills, and what calls save.
    pub stack: u32,
    /// Bytes of shared memory of a block, besides those that a launch asks for.
    pub shared: u32,
}

impl Usage {
    /// The kernels that the log of a [`Compiled`](crate::Compiled) cubin names.
    ///
    /// ```text
    /// ptxas info    : Compiling entry function 'sums_value' for 'sm_70'
    /// ptxas info    : Function properties for sums_value
    ///     0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
    /// ptxas info    : Used 64 registers, 208 bytes smem, 512 bytes cmem[0]
    /// ```
    pub fn of_log(log: &str) -> Vec<Self> {
        let mut found = Vec::new();
        let mut kernel = None;
        let (mut stack, mut spills) = (0, 0);
        for line in log.lines() {
            if let Some((_, rest)) = line.split_once("Compiling entry function '") {
                kernel = rest.split('\'').next();
            } else if line.contains(" bytes spill stores") {
                stack = before(line, " bytes stack frame");
                spills = before(line, " bytes spill stores") + before(line, " bytes spill loads");
            } else if line.contains(" registers")
                && let Some(kernel) = kernel.take()
            {
                found.push(Self {
                    kernel: kernel.to_owned(),
                    registers: before(line, " registers"),
                    spills,
                    stack,
                    shared: before(line, " bytes smem"),
                });
            }
        }
        found
    }
}

/// The number before a mark, 0 where the mark is not there.
fn before(line: &str, mark: &str) -> u32 {
    let text = line.split_once(mark).map(|(text, _)| text);
    let word = text.and_then(|text| text.split_whitespace().last());
    word.and_then(|word| word.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_names_what_each_kernel_takes() {
        let log = "\
ptxas info    : 0 bytes gmem, 404 bytes cmem[3]
ptxas info    : Compiling entry function 'pairwise' for 'sm_70'
ptxas info    : Function properties for pairwise
    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 30 registers, 384 bytes cmem[0]
ptxas info    : Compiling entry function 'sums_value' for 'sm_70'
ptxas info    : Function properties for sums_value
    24 bytes stack frame, 8 bytes spill stores, 12 bytes spill loads
ptxas info    : Used 128 registers, used 1 barriers, 208 bytes smem, 512 bytes cmem[0]
ptxas info    : Function properties for slow_division
    0 bytes stack frame, 4 bytes spill stores, 4 bytes spill loads
";
        let usage = |kernel: &str, registers, spills, stack, shared| Usage {
            kernel: kernel.to_owned(),
            registers,
            spills,
            stack,
            shared,
        };
        let wanted = [
            usage("pairwise", 30, 0, 0, 0),
            usage("sums_value", 128, 20, 24, 208),
        ];
        assert_eq!(Usage::of_log(log), wanted);
        assert_eq!(Usage::of_log(""), []);
    }
}
