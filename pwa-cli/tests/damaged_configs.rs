//! Configs with typing errors of every kind: gpuwa may refuse them or not, but never panics.

mod support;

use support::story::{JPSI, events, with_data};
use support::{gpuwa_in, unwrapped, write};

/// A good config, damaged in a few hundred ways that do not change from run to run: whatever it says,
/// it is not a panic.
#[test]
fn no_config_makes_it_panic() {
    let good = with_data(&events("data"), &events("mc"));
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "fit.toml", &good);
    gpuwa_in(folder.path(), &["nll", "fit.toml", "--gradient"]).good();
    let mut refused = 0;
    let mut texts = good_and_jpsi(&good);
    let mut random = Random(1);
    for round in 0..300 {
        let place = random.below(texts.len());
        let mutated = mutated(&texts[place].clone(), &mut random);
        write(folder.path(), "fit.toml", &mutated);
        let run = gpuwa_in(folder.path(), &["nll", "fit.toml", "--gradient"]);
        assert!(
            (0..=4).contains(&run.status),
            "round {round} ends with {}: {}\n{mutated}",
            run.status,
            run.stderr
        );
        assert!(
            run.status == 0 || !unwrapped(&run.stderr).is_empty(),
            "round {round} says nothing"
        );
        refused += i32::from(run.status != 0);
        // Damage on damage, now and then.
        if round % 10 == 0 && run.status == 0 {
            texts.push(mutated);
        }
    }
    assert!(refused > 100, "{refused} of 300 are refused");
}

fn good_and_jpsi(good: &str) -> Vec<String> {
    vec![good.to_owned(), good.to_owned(), JPSI.to_owned()]
}

/// A small generator of numbers, the same everywhere (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n
    }
}

fn mutated(text: &str, random: &mut Random) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let line = random.below(lines.len());
    match random.below(6) {
        0 => {
            lines.remove(line);
        }
        1 => {
            let copy = lines[line].clone();
            let other = random.below(lines.len());
            lines.insert(other, copy);
        }
        2 => {
            let other = random.below(lines.len());
            lines.swap(line, other);
        }
        3 => {
            let mut letters: Vec<char> = text.chars().collect();
            let place = random.below(letters.len() - 1);
            letters.swap(place, place + 1);
            return letters.into_iter().collect();
        }
        4 => {
            let mut letters: Vec<char> = text.chars().collect();
            let odd = ['"', '[', '}', '=', '.', '-', '\0', 'é', '9', ' '];
            let place = random.below(letters.len());
            letters[place] = odd[random.below(odd.len())];
            return letters.into_iter().collect();
        }
        _ => return number_replaced(text, random),
    }
    lines.join("\n")
}

/// One number of the text becomes something else.
fn number_replaced(text: &str, random: &mut Random) -> String {
    const OTHERS: [&str; 12] = [
        "\"text\"",
        "nan",
        "inf",
        "-inf",
        "1e300",
        "-1",
        "0",
        "1e-300",
        "999999999999",
        "0.5",
        "[]",
        "true",
    ];
    let numbers: Vec<(usize, usize)> = spans_of_numbers(text);
    let (start, end) = numbers[random.below(numbers.len())];
    format!(
        "{}{}{}",
        &text[..start],
        OTHERS[random.below(OTHERS.len())],
        &text[end..]
    )
}

fn spans_of_numbers(text: &str) -> Vec<(usize, usize)> {
    let digit = |c: char| c.is_ascii_digit() || c == '.';
    let mut spans = Vec::new();
    let mut start = None;
    for (place, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (digit(c), start) {
            (true, None) => start = Some(place),
            (false, Some(from)) => {
                spans.push((from, place));
                start = None;
            }
            _ => {}
        }
    }
    spans
}
