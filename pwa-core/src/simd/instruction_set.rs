//! Which vector instructions the machine has, and how a loop is run with them.

use std::sync::OnceLock;

use pulp::{Scalar, Simd, WithSimd};

/// Vector instructions a loop can be compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstructionSet {
    /// What every processor of this architecture has. On x86-64 without fused multiply-add in
    /// hardware this is slow, and right.
    Plain,
    /// AVX2 and FMA: x86-64 since 2013.
    Avx2,
    /// AVX-512 F, BW, CD, DQ and VL.
    Avx512,
    /// 64-bit ARM.
    Neon,
}

impl InstructionSet {
    /// All that this machine can run, the best one last.
    pub fn available() -> Vec<Self> {
        let mut sets = vec![Self::Plain];
        #[cfg(target_arch = "x86_64")]
        {
            if pulp::x86::V3::try_new().is_some() {
                sets.push(Self::Avx2);
            }
            if pulp::x86::V4::try_new().is_some() {
                sets.push(Self::Avx512);
            }
        }
        #[cfg(target_arch = "aarch64")]
        if pulp::aarch64::Neon::try_new().is_some() {
            sets.push(Self::Neon);
        }
        sets
    }

    /// The best one that this machine can run.
    pub fn best() -> Self {
        static BEST: OnceLock<InstructionSet> = OnceLock::new();
        *BEST.get_or_init(|| Self::available().pop().unwrap_or(Self::Plain))
    }

    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain instructions",
            Self::Avx2 => "AVX2 and FMA",
            Self::Avx512 => "AVX-512",
            Self::Neon => "NEON",
        }
    }

    /// Runs a kernel with these instructions, or plainly where the machine lacks them. All that the
    /// kernel calls is `#[inline(always)]`: what is not inlined is compiled for the plain set.
    #[inline]
    pub fn run<K: WithSimd>(self, kernel: K) -> K::Output {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => {
                if let Some(avx2) = pulp::x86::V3::try_new() {
                    return Simd::vectorize(avx2, kernel);
                }
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                if let Some(avx512) = pulp::x86::V4::try_new() {
                    return Simd::vectorize(avx512, kernel);
                }
            }
            #[cfg(target_arch = "aarch64")]
            Self::Neon => {
                if let Some(neon) = pulp::aarch64::Neon::try_new() {
                    return Simd::vectorize(neon, kernel);
                }
            }
            _ => {}
        }
        Scalar::new().vectorize(kernel)
    }
}
