//! Bugs on purpose: each has to be found, and what is right has to be left alone.

mod support;

use cuda_emulator::execute::{Counters, Order, Problem, Violation};
use cuda_emulator::memory::{Access, Trouble};
use support::{HEAD, Machine, problem, read};

const ORDERS: [Order; 3] = [Order::Forward, Order::Reverse, Order::Shuffled { seed: 3 }];

/// A kernel `k(a, b)` with `%ra`, `%rb` = a, b; `%t` = thread, `%n` = thread of the grid, `%pa`, `%pb`,
/// `%s` = addresses of element t (n for global memory) of a, b and 8 kB of shared memory.
fn kernel(body: &str) -> String {
    format!(
        "{HEAD}.visible .entry k(.param .u64 a, .param .u64 b)\n{{\n.reg .pred %p<4>;\n.reg .b32 %t, %n, %r<8>;\n\
         .reg .b64 %ra, %rb, %pa, %pb, %s, %x<8>;\n.reg .f64 %d<8>;\n.shared .align 8 .b8 buffer[8192];\n\
         ld.param.u64 %ra, [a];\nld.param.u64 %rb, [b];\nmov.u32 %t, %tid.x;\nmov.u32 %r0, %ctaid.x;\n\
         mov.u32 %r1, %ntid.x;\nmad.lo.u32 %n, %r0, %r1, %t;\nmad.wide.u32 %pa, %n, 8, %ra;\n\
         mad.wide.u32 %pb, %n, 8, %rb;\nmov.u64 %x0, buffer;\nmad.wide.u32 %s, %t, 8, %x0;\n{body}\nret;\n}}\n"
    )
}

/// Runs a kernel on 64 words of input and as many of output, in one order.
fn run_in(
    order: Order,
    body: &str,
    shape: (u32, u32),
) -> (Result<Counters, Box<Violation>>, Vec<u64>) {
    let machine = Machine::new(order);
    let input = machine.words(&(0..64).collect::<Vec<u64>>());
    let output = machine.words(&[0; 64]);
    let result = machine.run(&kernel(body), shape, &[input.base, output.base]);
    (result, read(&output))
}

/// The problem must be found in every order.
fn found(body: &str, shape: (u32, u32), is_it: impl Fn(&Problem) -> bool) {
    for order in ORDERS {
        let (result, _) = run_in(order, body, shape);
        let violation = result.expect_err(&format!("{order:?}: the bug was not found"));
        assert!(is_it(&violation.problem), "{order:?}: {violation}");
    }
}

/// A right kernel gives the same in every order.
fn fine(body: &str, shape: (u32, u32)) -> (Counters, Vec<u64>) {
    let all = ORDERS.map(|order| {
        let (result, output) = run_in(order, body, shape);
        (
            result.unwrap_or_else(|violation| panic!("{order:?}: {violation}")),
            output,
        )
    });
    let [first, rest @ ..] = all;
    for other in rest {
        assert_eq!(first, other);
    }
    first
}

const COPY: &str = "ld.global.u64 %x1, [%pa];\nst.global.u64 [%pb], %x1;";

#[test]
fn a_copy_is_fine_and_coalesced() {
    let (counters, output) = fine(COPY, (2, 32));
    assert_eq!(output, (0..64).collect::<Vec<u64>>());
    let loads = counters.global_loads;
    assert_eq!((loads.requests, loads.sectors, loads.bytes), (2, 16, 512));
    assert_eq!(counters.global_stores, loads);
    assert_eq!(counters.warp_instructions, 2 * 13);
    assert_eq!(counters.thread_instructions, 64 * 13);
}

#[test]
fn out_of_bounds_by_one_is_found() {
    found(
        "ld.global.u64 %x1, [%pa+8];\nst.global.u64 [%pb], %x1;",
        (2, 32),
        |p| {
            matches!(
                p,
                Problem::Outside {
                    access: "read",
                    trouble: Trouble::Beyond { beyond: 8, .. }
                }
            )
        },
    );
    found("st.global.u64 [%pb+-8], %x0;", (2, 32), |p| {
        matches!(
            p,
            Problem::Outside {
                access: "write",
                ..
            }
        )
    });
}

#[test]
fn shared_memory_has_an_end() {
    found("st.shared.u64 [%s+8184], %x0;", (1, 32), |p| {
        matches!(
            p,
            Problem::OutsideSpace {
                space: "shared memory",
                bytes: 8192,
                ..
            }
        )
    });
}

#[test]
fn misaligned_access_is_found() {
    found("ld.global.u64 %x1, [%pa+4];", (1, 32), |p| {
        matches!(p, Problem::Misaligned { bytes: 8, .. })
    });
    found("ld.global.v2.u64 {%x1, %x2}, [%pa];", (1, 32), |p| {
        matches!(p, Problem::Misaligned { bytes: 16, .. })
    });
    found("st.shared.u64 [%s+4], %x0;", (1, 32), |p| {
        matches!(p, Problem::Misaligned { bytes: 8, .. })
    });
    let local = ".local .align 8 .b8 depot[16];\nmov.u64 %x1, depot;\nst.local.u64 [%x1+4], %x0;";
    found(local, (1, 32), |p| {
        matches!(p, Problem::Misaligned { bytes: 8, .. })
    });
}

#[test]
fn use_after_free_is_found() {
    let machine = Machine::new(Order::Forward);
    let (input, output) = (machine.words(&[1; 32]), machine.words(&[0; 32]));
    machine
        .card
        .memory
        .write()
        .unwrap()
        .free(input.base)
        .unwrap();
    let p = problem(machine.run(&kernel(COPY), (1, 32), &[input.base, output.base]));
    assert!(
        matches!(
            p,
            Problem::Outside {
                trouble: Trouble::Freed { inside: 0, .. },
                ..
            }
        ),
        "{p}"
    );
}

#[test]
fn a_null_pointer_is_found() {
    let machine = Machine::new(Order::Forward);
    let p = problem(machine.run(&kernel(COPY), (1, 32), &[0, 0]));
    assert!(
        matches!(
            p,
            Problem::Outside {
                trouble: Trouble::Nowhere { address: 0 },
                ..
            }
        ),
        "{p}"
    );
}

#[test]
fn uninitialised_reads_are_found() {
    let machine = Machine::new(Order::Forward);
    let (input, output) = (machine.uninitialised(8 * 32), machine.words(&[0; 32]));
    let p = problem(machine.run(&kernel(COPY), (1, 32), &[input.base, output.base]));
    assert!(matches!(p, Problem::Uninitialised { .. }), "{p}");
    found("ld.shared.u64 %x1, [%s];", (1, 32), |p| {
        matches!(p, Problem::Uninitialised { .. })
    });
    let local = ".local .align 8 .b8 depot[16];\nmov.u64 %x1, depot;\nst.local.u64 [%x1], %x0;\nld.local.u64 %x2, [%x1+8];";
    found(local, (1, 32), |p| {
        matches!(p, Problem::Uninitialised { .. })
    });
}

#[test]
fn constants_cannot_be_written() {
    let machine = Machine::new(Order::Forward);
    let text = kernel("mov.u64 %x1, table;\nst.global.u64 [%x1], %x0;");
    let text = text.replace(
        HEAD,
        &format!("{HEAD}.const .align 8 .b8 table[8] = {{1, 2}};\n"),
    );
    let p = problem(machine.run(&text, (1, 1), &[0, 0]));
    assert!(matches!(p, Problem::Constant { .. }), "{p}");
}

/// Two words of a thread are copied to shared memory one after the other, and come back once they are there.
const COPIES: &str = "cvt.u32.u64 %r2, %s;\nadd.u32 %r3, %r2, 4096;\n\
    cp.async.ca.shared.global [%r2], [%pa], 8;\ncp.async.commit_group;\n\
    cp.async.ca.shared.global [%r3], [%pa], 8;\ncp.async.commit_group;\n\
    cp.async.wait_group 1;\nld.shared.u64 %x1, [%s];\nNEXT\nld.shared.u64 %x2, [%s+4096];\n\
    add.u64 %x2, %x1, %x2;\nst.global.u64 [%pb], %x2;";

#[test]
fn copies_arrive_when_they_are_waited_for() {
    let wait = COPIES.replace("NEXT", "cp.async.wait_group 0;");
    let (counters, output) = fine(&wait, (2, 32));
    assert_eq!(output, (0..64).map(|n| 2 * n).collect::<Vec<u64>>());
    assert_eq!(counters.global_loads.sectors, 32);
    found(&COPIES.replace("NEXT", ""), (2, 32), |p| {
        matches!(p, Problem::Uninitialised { .. })
    });
    // What is not in a group is not waited for.
    let last = wait.rfind("cp.async.commit_group;").unwrap();
    let open = format!("{}{}", &wait[..last], &wait[last + 22..]);
    let early = open.replace("wait_group 1", "wait_group 0");
    found(&early, (2, 32), |p| {
        matches!(p, Problem::Uninitialised { .. })
    });
}

#[test]
fn a_copy_that_begins_too_soon_is_a_race() {
    let copy = "xor.b32 %r2, %t, 32;\nmad.wide.u32 %x1, %r2, 8, %x0;\ncvt.u32.u64 %r3, %x1;\n\
        cp.async.cg.shared.global [%r3], [%pa], 8;\ncp.async.commit_group;\ncp.async.wait_group 0;";
    let read = "st.shared.u64 [%s], %x0;\nbar.sync 0;\nld.shared.u64 %x2, [%s];\nst.global.u64 [%pb], %x2;";
    fine(&format!("{read}\nbar.sync 0;\n{copy}"), (1, 64));
    found(&format!("{read}\n{copy}"), (1, 64), |p| {
        matches!(p, Problem::Race { .. })
    });
    found(&copy.replace("%pa], 8", "%pa+4], 8"), (1, 64), |p| {
        matches!(p, Problem::Misaligned { bytes: 8, .. })
    });
}

/// Every thread writes its word and reads that of a thread of the other warp.
const SWAP: &str = "st.shared.u64 [%s], %x0;\nBARRIER\nxor.b32 %r2, %t, 32;\nmad.wide.u32 %x1, %r2, 8, %x0;\n\
    ld.shared.u64 %x2, [%x1];\nst.global.u64 [%pb], %x2;";

#[test]
fn a_missing_barrier_is_a_race() {
    fine(&SWAP.replace("BARRIER", "bar.sync 0;"), (1, 64));
    // Until something is read: one of the warps comes first and finds nothing there, or the other's write.
    let initialised = format!(
        "st.shared.u64 [%s], %x0;\nbar.sync 0;\n{}",
        SWAP.replace("BARRIER", "")
    );
    found(&initialised, (1, 64), |p| matches!(p, Problem::Race { .. }));
}

#[test]
fn a_word_that_a_warp_reads_together_is_watched() {
    let body = "setp.eq.u32 %p1, %t, WRITER;\n@%p1 st.shared.u64 [%x0], %x0;\nFIRST\nld.shared.u64 %x2, [%x0];\n\
        st.global.u64 [%pb], %x2;\nSECOND\nsetp.eq.u32 %p1, %t, 33;\n@%p1 st.shared.u64 [%x0], %x2;";
    let with = |writer: &str, first: &str, second: &str| {
        let body = body.replace("WRITER", writer).replace("FIRST", first);
        body.replace("SECOND", second)
    };
    let barrier = "bar.sync 0;";
    for writer in ["0", "1", "5", "40"] {
        fine(&with(writer, barrier, barrier), (1, 64));
        // Written before, so that the first read finds something.
        let early = format!(
            "@!%p3 st.shared.u64 [%s], %x0;\nbar.sync 0;\n{}",
            with(writer, "", barrier)
        );
        let early = format!("setp.ne.u32 %p3, %t, 0;\n{early}");
        found(&early, (1, 64), |p| matches!(p, Problem::Race { .. }));
        found(&with(writer, barrier, ""), (1, 64), |p| {
            matches!(p, Problem::Race { .. })
        });
    }
}

#[test]
fn a_missing_barrier_is_found_after_very_many() {
    let swap = SWAP.replace("BARRIER", "bar.sync 0;");
    let loops = |body: &str| {
        format!(
            "mov.u32 %r3, 0;\nL:\n{body}\nbar.sync 0;\nadd.u32 %r3, %r3, 1;\nsetp.lt.u32 %p1, %r3, 5000;\n@%p1 bra L;"
        )
    };
    fine(&loops(&swap), (1, 64));
    let late = format!("{}\n{}", loops(&swap), SWAP.replace("BARRIER", ""));
    found(&late, (1, 64), |p| matches!(p, Problem::Race { .. }));
}

#[test]
fn a_missing_barrier_before_the_next_write_is_a_race() {
    let again = format!(
        "{}\nSECOND\nst.shared.u64 [%s], %x2;",
        SWAP.replace("BARRIER", "bar.sync 0;")
    );
    fine(&again.replace("SECOND", "bar.sync 0;"), (1, 64));
    found(
        &again.replace("SECOND", ""),
        (1, 64),
        |p| matches!(p, Problem::Race { other, .. } if other.0.access == Access::Read || other.0.access == Access::Write),
    );
}

#[test]
fn lanes_of_a_warp_need_a_warp_barrier() {
    let swap = "st.shared.u64 [%s], %x0;\nSYNC\nxor.b32 %r2, %t, 1;\nmad.wide.u32 %x1, %r2, 8, %x0;\n\
        ld.shared.u64 %x2, [%x1];\nst.global.u64 [%pb], %x2;";
    fine(&swap.replace("SYNC", "bar.warp.sync -1;"), (1, 32));
    found(&swap.replace("SYNC", ""), (1, 32), |p| {
        matches!(p, Problem::Race { access: "read", .. })
    });
}

#[test]
fn blocks_that_write_one_word_race() {
    found(
        "st.global.u64 [%rb], %x0;",
        (2, 1),
        |p| matches!(p, Problem::Race { access: "write", other, .. } if other.0.access == Access::Write),
    );
    // One block writes what the other has read, or reads what it has written.
    let exchange = "xor.b32 %r2, %n, 1;\nmad.wide.u32 %x1, %r2, 8, %rb;\nld.global.u64 %x2, [%x1];\nst.global.u64 [%pb], %x2;";
    found(exchange, (2, 1), |p| matches!(p, Problem::Race { .. }));
}

#[test]
fn atomics_do_not_race_with_each_other() {
    let body = "ld.global.u64 %x1, [%pa];\nred.global.add.u64 [%rb], %x1;\natom.global.max.u64 %x2, [%rb+8], %x1;";
    let (counters, output) = fine(body, (2, 32));
    assert_eq!(output[..2], [63 * 64 / 2, 63]);
    assert_eq!(
        (
            counters.global_atomics.requests,
            counters.global_atomics.sectors
        ),
        (4, 4)
    );
    let plain = format!("{body}\nld.global.u64 %x3, [%rb];");
    found(&plain, (2, 32), |p| matches!(p, Problem::Race { .. }));
}

#[test]
fn atomic_sums_of_floats_follow_the_order() {
    let body =
        "ld.global.u64 %x1, [%pa];\ncvt.rn.f64.u64 %d0, %x1;\nred.global.add.f64 [%rb], %d0;";
    let (_, output) = fine(body, (2, 32));
    assert_eq!(f64::from_bits(output[0]), f64::from(63 * 64 / 2));
}

#[test]
fn a_divergent_barrier_is_found() {
    let body =
        "setp.lt.u32 %p1, %t, 32;\n@%p1 bra LOW;\nbar.sync 0;\nbra END;\nLOW:\nbar.sync 0;\nEND:";
    found(body, (1, 64), |p| matches!(p, Problem::DivergentBarrier(_)));
    let early = "setp.eq.u32 %p1, %t, 5;\n@%p1 bra END;\nbar.sync 0;\nEND:";
    found(early, (1, 64), |p| {
        matches!(p, Problem::BarrierWithoutAll(_))
    });
}

#[test]
fn a_bad_shuffle_mask_is_found() {
    let half = "setp.lt.u32 %p1, %t, 16;\n@!%p1 bra END;\nshfl.sync.down.b32 %r2|%p2, %t, 1, 0x101f, MASK;\nEND:";
    fine(&half.replace("MASK", "0xffff"), (1, 32));
    found(&half.replace("MASK", "-1"), (1, 32), |p| {
        matches!(p, Problem::LaneMissing { lane: 16.., .. })
            || matches!(p, Problem::ShuffleSource { .. })
    });
    found(
        "shfl.sync.down.b32 %r2|%p2, %t, 1, 31, 0xff;",
        (1, 32),
        |p| matches!(p, Problem::NotInMask { .. }),
    );
    let outside = "setp.lt.u32 %p1, %t, 8;\n@!%p1 bra END;\nshfl.sync.idx.b32 %r2|%p2, %t, 20, 31, 0xff;\nEND:";
    found(outside, (1, 32), |p| {
        matches!(p, Problem::ShuffleSource { lane: 20, .. })
    });
}

#[test]
fn shuffles_read_the_lanes_that_cuda_says() {
    for (mode, amount, expected) in [
        (
            "down",
            5,
            (|lane| if lane + 5 < 32 { lane + 5 } else { lane }) as fn(u64) -> u64,
        ),
        ("bfly", 3, |lane| lane ^ 3),
        ("idx", 9, |_| 9),
    ] {
        let body = format!(
            "shfl.sync.{mode}.b32 %r2|%p2, %t, {amount}, 31, -1;\ncvt.u64.u32 %x1, %r2;\nst.global.u64 [%pb], %x1;"
        );
        let (_, output) = fine(&body, (1, 32));
        assert_eq!(
            output[..32],
            (0..32).map(expected).collect::<Vec<u64>>(),
            "{mode}"
        );
    }
    let up = "shfl.sync.up.b32 %r2|%p2, %t, 2, 0, -1;\nselp.u64 %x2, 100, 0, %p2;\ncvt.u64.u32 %x1, %r2;\nadd.u64 %x1, %x1, %x2;\nst.global.u64 [%pb], %x1;";
    let (_, output) = fine(up, (1, 32));
    assert_eq!(output[..4], [0, 1, 100, 101]);
}

#[test]
fn lanes_that_parted_meet_again_and_vote() {
    let body = "and.b32 %r2, %t, 1;\nsetp.eq.u32 %p1, %r2, 0;\n@%p1 bra EVEN;\nmov.u64 %x1, 7;\nbra JOIN;\nEVEN:\nmov.u64 %x1, 3;\nJOIN:\n\
        vote.sync.ballot.b32 %r3, %p1, -1;\nvote.sync.any.pred %p2, %p1, -1;\nselp.u64 %x2, 10, 20, %p2;\nadd.u64 %x1, %x1, %x2;\n\
        popc.b32 %r4, %r3;\ncvt.u64.u32 %x3, %r4;\nmad.lo.u64 %x1, %x3, 100, %x1;\nst.global.u64 [%pb], %x1;";
    let (counters, output) = fine(body, (1, 32));
    assert_eq!(output[..2], [1613, 1617]);
    assert_eq!(counters.divergent_branches, 1);
    assert_eq!(counters.global_stores.requests, 1, "one group stores");
}

#[test]
fn lanes_compare_and_reduce_their_values() {
    let body = "and.b32 %r2, %t, 3;\nmatch.any.sync.b32 %r3, %r2, -1;\nredux.sync.add.s32 %r4, %t, -1;\nredux.sync.max.s32 %r5, %t, -1;\n\
        shr.u32 %r3, %r3, 28;\nmad.lo.u32 %r3, %r4, 100, %r3;\nmad.lo.u32 %r3, %r5, 1000000, %r3;\ncvt.u64.u32 %x1, %r3;\nst.global.u64 [%pb], %x1;";
    let (_, output) = fine(body, (1, 32));
    assert_eq!(
        output[..4],
        [31_049_601, 31_049_602, 31_049_604, 31_049_608]
    );
}

#[test]
fn barriers_reduce() {
    let body = "setp.lt.u32 %p1, %t, 20;\nbar.red.popc.u32 %r2, 0, %p1;\nbar.red.and.pred %p2, 0, %p1;\nselp.u64 %x1, 1, 0, %p2;\n\
        cvt.u64.u32 %x2, %r2;\nmad.lo.u64 %x1, %x2, 2, %x1;\nst.global.u64 [%pb], %x1;";
    let (counters, output) = fine(body, (1, 64));
    assert_eq!((output[63], counters.barriers), (40, 2));
}

#[test]
fn an_endless_loop_ends() {
    found("L:\nbra L;", (1, 32), |p| matches!(p, Problem::Endless(_)));
}

#[test]
fn a_trap_is_reported_with_its_place() {
    let (result, _) = run_in(
        Order::Forward,
        "setp.eq.u32 %p1, %n, 37;\n@%p1 trap;",
        (2, 32),
    );
    let violation = result.unwrap_err();
    assert_eq!((violation.thread, violation.block), ([5, 0, 0], [1, 0, 0]));
    assert_eq!(violation.text, "@%p1 trap;");
}

#[test]
fn what_is_not_understood_is_refused_when_it_is_loaded() {
    let machine = Machine::new(Order::Forward);
    for (line, part) in [
        (
            "tex.2d.v4.f32.s32 {%r1, %r2, %r3, %r4}, [%x0, {%r1, %r2}];",
            "tex",
        ),
        ("add.rz.f64 %d0, %d1, %d2;", "`.rz`"),
        ("wmma.load.a.sync %r1;", "`wmma`"),
        ("add.f64 %d0, %d1;", "2 values"),
        ("bra NOWHERE;", "NOWHERE"),
        ("mov.u32 %r1, %clock;", "%clock"),
        ("add.s32 %r1, %r2, %q7;", "%q7"),
    ] {
        let message = machine.load(&kernel(line)).err().expect(line).to_string();
        assert!(message.contains(part), "{line}: {message}");
    }
}

#[test]
fn code_for_a_newer_card_is_refused() {
    let text = kernel("").replace("sm_70", "sm_80");
    let message = Machine::new(Order::Forward)
        .load(&text)
        .err()
        .unwrap()
        .to_string();
    assert_eq!(message, "the module is for sm_80, the card is sm_70");
}

#[test]
fn functions_and_local_memory_work() {
    let function = ".func (.param .b64 result) twice(.param .b64 x, .param .b32 n)\n{\n.reg .b64 %v<3>;\n.reg .b32 %m;\n.reg .pred %q;\n\
        ld.param.u64 %v0, [x];\nld.param.u32 %m, [n];\nsetp.eq.u32 %q, %m, 0;\n@%q bra ZERO;\nadd.u64 %v1, %v0, %v0;\n\
        st.param.b64 [result+0], %v1;\nret;\nZERO:\nst.param.b64 [result+0], %v0;\nret;\n}\n";
    let body = ".local .align 8 .b8 depot[16];\nmov.u64 %x1, depot;\ncvta.local.u64 %x2, %x1;\nld.global.u64 %x3, [%pa];\nst.u64 [%x2+8], %x3;\n\
        and.b32 %r2, %t, 1;\n{\n.param .b64 p0;\nst.param.b64 [p0+0], %x3;\n.param .b32 p1;\nst.param.b32 [p1+0], %r2;\n.param .b64 r0;\n\
        call.uni (r0), twice, (p0, p1);\nld.param.b64 %x4, [r0+0];\n}\nld.local.u64 %x5, [%x1+8];\nadd.u64 %x4, %x4, %x5;\nst.global.u64 [%pb], %x4;";
    let text = kernel(body).replace(HEAD, &format!("{HEAD}{function}"));
    for order in ORDERS {
        let machine = Machine::new(order);
        let (input, output) = (
            machine.words(&(0..64).collect::<Vec<u64>>()),
            machine.words(&[0; 64]),
        );
        machine
            .run(&text, (2, 32), &[input.base, output.base])
            .unwrap();
        let expected: Vec<u64> = (0..64)
            .map(|i| if i % 2 == 0 { 2 * i } else { 3 * i })
            .collect();
        assert_eq!(read(&output), expected);
    }
}

/// A compiler moves a static variable of a kernel there, when a function reads it too.
#[test]
fn functions_see_the_shared_memory_of_their_module() {
    let function = ".shared .align 8 .b8 board[8];\n.func (.param .b64 result) look()\n{\n.reg .b64 %v;\n\
        ld.shared.u64 %v, [board];\nst.param.b64 [result+0], %v;\nret;\n}\n";
    let body = "ld.global.u64 %x1, [%pa];\nsetp.eq.u32 %p1, %t, 0;\n@%p1 st.shared.u64 [board], %x1;\nbar.sync 0;\n\
        {\n.param .b64 r0;\ncall.uni (r0), look, ();\nld.param.b64 %x2, [r0+0];\n}\nst.global.u64 [%pb], %x2;";
    let text = kernel(body).replace(HEAD, &format!("{HEAD}{function}"));
    let machine = Machine::new(Order::Forward);
    let (input, output) = (machine.words(&[7; 32]), machine.words(&[0; 32]));
    machine
        .run(&text, (1, 32), &[input.base, output.base])
        .unwrap();
    assert_eq!(read(&output), [7; 32]);
}
