//! Which branches of a ROOT tree are read, and their bytes as numbers.

use hep_root::Branch;
use hep_root::bulk::Values;
use hep_root::columns::{self, Kind};

/// Why a branch is not read, if so.
pub(super) fn refusal(branch: &Branch, shape: &columns::Shape) -> Option<String> {
    if let columns::Shape::Unreadable { reason } = shape {
        return Some(reason.clone());
    }
    if branch.kind != "TBranch" {
        return Some(format!(
            "it belongs to an object ({}), only plain numbers are read",
            branch.class_name
        ));
    }
    Kind::of(branch).err().map(|e| e.to_string())
}

/// The values as f64, 64-bit integers to the nearest one.
pub(super) fn to_f64(values: &Values) -> Vec<f64> {
    macro_rules! decode {
        ($type:ty) => {
            values
                .bytes
                .as_chunks::<{ size_of::<$type>() }>()
                .0
                .iter()
                .map(|bytes| <$type>::from_le_bytes(*bytes) as f64)
                .collect()
        };
    }
    match values.kind {
        Kind::Bool => values.bytes.iter().map(|b| f64::from(*b != 0)).collect(),
        Kind::U8 => decode!(u8),
        Kind::I8 => decode!(i8),
        Kind::I16 => decode!(i16),
        Kind::U16 => decode!(u16),
        Kind::I32 => decode!(i32),
        Kind::U32 => decode!(u32),
        Kind::I64 => decode!(i64),
        Kind::U64 => decode!(u64),
        Kind::F32 => decode!(f32),
        Kind::F64 => decode!(f64),
    }
}

#[cfg(test)]
mod tests {
    use hep_root::Tree;
    use hep_root::columns::inventory;
    use hep_root::tree::Leaf;

    use super::*;

    fn leaf(class: &str, element_type: i32) -> Leaf {
        Leaf {
            name: "x".into(),
            class: class.into(),
            len: 1,
            unsigned: false,
            element_type,
            count: None,
        }
    }

    fn branch(kind: &str, class_name: &str, streamer_type: i32, leaves: Vec<Leaf>) -> Branch {
        Branch {
            name: "x".into(),
            title: String::new(),
            kind: kind.into(),
            version: 13,
            class_name: class_name.into(),
            compress: 0,
            basket_size: 0,
            entry_offset_len: 0,
            write_basket: 0,
            entry_number: 0,
            split_level: 0,
            entries: 0,
            first_entry: 0,
            tot_bytes: 0,
            zip_bytes: 0,
            basket_bytes: Vec::new(),
            basket_entry: Vec::new(),
            basket_seek: Vec::new(),
            embedded_baskets: Vec::new(),
            kept_unread: None,
            branches: Vec::new(),
            leaves,
            element_type: 0,
            streamer_type,
        }
    }

    fn why(branch: Branch) -> Option<String> {
        let tree = Tree {
            name: "t".into(),
            title: String::new(),
            version: 20,
            entries: 0,
            branches: vec![branch],
            aliases: None,
        };
        refusal(&tree.branches[0], &inventory(&tree)[0].shape)
    }

    #[test]
    fn what_does_not_come_back_right_is_refused() {
        assert_eq!(
            why(branch("TBranch", "", -1, vec![leaf("TLeafD", -1)])),
            None
        );
        let text = |branch| why(branch).unwrap();
        // Ranged Double32_t and Float16_t: integers on disk, or a few bits of the mantissa.
        assert_eq!(
            text(branch("TBranch", "", -1, vec![leaf("TLeafD32", -1)])),
            "leaf class TLeafD32 is not a basic type"
        );
        assert_eq!(
            text(branch("TBranch", "", -1, vec![leaf("TLeafF16", -1)])),
            "leaf class TLeafF16 is not a basic type"
        );
        // A leaf list `E/D:px/D`.
        let list = vec![leaf("TLeafD", -1), leaf("TLeafD", -1)];
        assert_eq!(
            text(branch("TBranch", "", -1, list)),
            "2 leaves, expected one"
        );
        assert_eq!(
            text(branch("TBranch", "", -1, vec![leaf("TLeafC", -1)])),
            "TLeafC: C strings are not read"
        );
        // A Double32_t member (streamer type 9), and a double one, of an object.
        for code in [9, 8] {
            let member = branch(
                "TBranchElement",
                "TLorentzVector",
                code,
                vec![leaf("TLeafElement", code)],
            );
            assert_eq!(
                text(member),
                "it belongs to an object (TLorentzVector), only plain numbers are read"
            );
        }
        let vector = branch(
            "TBranchElement",
            "vector<double>",
            -1,
            vec![leaf("TLeafElement", -1)],
        );
        assert_eq!(
            text(vector),
            "it belongs to an object (vector<double>), only plain numbers are read"
        );
    }
}
