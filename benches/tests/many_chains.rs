//! The generated models are of the size that the bench says.

use pwa_benches::ManyChains;
use pwa_core::engine::CpuBackend;

#[test]
fn seventy_four_chains_have_finite_intensities() {
    for (model, waves, rows) in [(ManyChains::Photon, 264, 8), (ManyChains::JPsi, 420, 12)] {
        let mut config = model.config();
        // A few events say whether anything is wrong; the bench normalises over all.
        config.push_str("[phase_space]\nevents = 200\n");
        let source = pwa_core::config::Source::new(model.name(), config, std::path::Path::new(""));
        let job = pwa_core::setup::Job::open(source, &Default::default(), &CpuBackend::BEST);
        let job = job.unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error)));
        assert_eq!(job.models[0].chains.len(), 74, "{}", model.name());
        let sample = model.events(&job, 100).unwrap();
        let (lowered, sums) = job.prepare(&job.models[0], &[(&sample, "data")]).unwrap();
        assert_eq!(
            (lowered.plan.coefficients, lowered.plan.rows),
            (waves, rows)
        );
        let slots = lowered.slots.slots(&job.models[0].parameters.start());
        let intensities = sums[0].intensities(&slots).unwrap();
        assert!(intensities.iter().all(|&i| i.is_finite() && i > 0.0));
    }
}
