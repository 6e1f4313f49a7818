//! The code of a plan's shapes: one loop a function, over the shapes that share it.

use std::fmt::Write;

use pwa_core::engine::Plan;

use crate::layout::Layout;
use crate::point::{Kind, PointLayout};
use crate::program_text::ProgramText;
use crate::purpose::Purpose;
use crate::tables::Head;

/// Adds tables to the head and returns those of the functions `values_of_shapes`, `gradients_of_shapes`,
/// `jacobians_of_shapes` and `curvatures_of_shapes` that the purpose needs.
pub fn shapes_text(
    head: &mut Head,
    plan: &Plan,
    layout: &Layout,
    point: &PointLayout,
    purpose: Purpose,
) -> String {
    let most = plan.shapes.iter().map(|shape| shape.variables.len()).max();
    let most = most.unwrap_or(0);
    let variables = plan.shapes.iter().flat_map(|shape| {
        let padding = std::iter::repeat_n(0, most - shape.variables.len());
        shape.variables.iter().copied().chain(padding)
    });
    head.table("SHAPE_VARIABLES", variables);
    head.table("FIRST_CURVATURE", layout.first_curvature.iter().copied());
    let names = ["VALUE", "GRADIENT", "JACOBIAN", "CURVATURE"];
    for (name, starts) in names.iter().zip(&point.scalars) {
        head.table(&format!("{name}_SCALARS"), starts.iter().copied());
    }
    let of_function = |function: usize| {
        let shapes = plan.shapes.iter().enumerate();
        shapes.filter(move |(_, shape)| shape.function == function)
    };
    for function in 0..plan.functions.len() {
        let shapes = of_function(function).map(|(index, _)| index);
        head.table(&format!("SHAPES_OF_{function}"), shapes);
    }
    let mut text = String::new();
    for (kind, name) in Kind::ALL.into_iter().zip(names) {
        if !kind.is_used(purpose) {
            continue;
        }
        let mut body = String::new();
        for (number, function) in plan.functions.iter().enumerate() {
            let Some((first, shape)) = of_function(number).next() else {
                continue;
            };
            if kind != Kind::Value && function.parameters == 0 {
                continue;
            }
            let count = of_function(number).count();
            // Where there is one shape, the compiler knows where its numbers are.
            let one = count == 1;
            let of_one = |number: usize, table: String| {
                if one { number.to_string() } else { table }
            };
            let shape_number = of_one(first, format!("SHAPES_OF_{number}[item.thing]"));
            let scalars = of_one(
                point.scalars[kind as usize][first],
                format!("{name}_SCALARS[shape]"),
            );
            let program = ProgramText::new(kind.of(plan, first), "        ");
            // Writing to a string does not fail.
            let _ = write!(
                body,
                "    items = {count} * points_of(part) * PART;\n    \
                 for (int piece = first_of_warp(before); piece < (items + 31) / 32; piece += WARPS) {{\n        \
                 const int number = piece * 32 + lane_of_warp();\n        \
                 if (number >= items) continue;\n        \
                 const Item item = item_of(part, number);\n        \
                 const int shape = {shape_number}, event = item.event;\n        \
                 if (event >= part.padded) continue;\n        \
                 const Tile tile = at(part, item.point);\n        \
                 const double* s = tile.point + {scalars};\n"
            );
            let variables = shape.variables.len();
            for (v, &variable) in shape.variables.iter().enumerate() {
                let variable = of_one(variable, format!("SHAPE_VARIABLES[{most} * shape + {v}]"));
                let _ = writeln!(
                    body,
                    "        const double x{v} = variable(tile, {variable}, event);"
                );
            }
            if matches!(kind, Kind::Gradient | Kind::Curvature) {
                let _ = write!(
                    body,
                    "        const Pair zeta = seed(tile, shape, event);\n        \
                     const double x{variables} = zeta.re, x{} = zeta.im;\n",
                    variables + 1
                );
            }
            body.push_str(&program.statements);
            body.push_str(&stores(kind, &program.outputs));
            body.push_str("    }\n    before += (items + 31) / 32;\n");
        }
        let _ = write!(
            text,
            "\n__device__ __forceinline__ void {}(const Part& part)\n{{\n    int items, before = 0;\n{body}}}\n",
            function_name(kind)
        );
    }
    text
}

fn function_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Value => "values_of_shapes",
        Kind::Gradient => "gradients_of_shapes",
        Kind::Jacobian => "jacobians_of_shapes",
        Kind::Curvature => "curvatures_of_shapes",
    }
}

/// The statements that put a program's outputs into planes.
fn stores(kind: Kind, outputs: &[String]) -> String {
    let mut text = String::new();
    match kind {
        Kind::Value => {
            let [re, im] = outputs else { return text };
            let _ = writeln!(
                text,
                "        set<SHAPE>(tile, 2 * shape, event, pair({re}, {im}));"
            );
        }
        Kind::Jacobian => {
            for (place, pair) in outputs.chunks(2).enumerate() {
                let _ = writeln!(
                    text,
                    "        set<JACOBIAN>(tile, 2 * (FIRST_JACOBIAN[shape] + {place}), event, pair({}));",
                    pair.join(", ")
                );
            }
        }
        Kind::Gradient | Kind::Curvature => {
            let (plane, first) = match kind {
                Kind::Gradient => ("DERIVATIVE", "FIRST_JACOBIAN"),
                _ => ("CURVATURE", "FIRST_CURVATURE"),
            };
            for (place, output) in outputs.iter().enumerate() {
                let _ = writeln!(
                    text,
                    "        plane<{plane}>(tile, {first}[shape] + {place})[event] = {output};"
                );
            }
        }
    }
    text
}
