//! Intensities and amplitudes of every event.

/// I of each event, and where wanted A: rows[(2 row + part) * events + event].
extern "C" __global__ void __launch_bounds__(THREADS, 2) events(SAMPLE, const double* __restrict__ point,
    int tile_count, int want_rows, int event_count, double* intensity, double* rows)
{
    load_points(point, 1, scratch);
    for (int number = blockIdx.x; number < tile_count; number += gridDim.x) {
        if (threadIdx.x == 0) {
            const Sample sample = THE_SAMPLE;
            walk.sample = sample;
            walk.points = point;
            walk.point_count = 1;
            begin_walk(number, number + 1);
        }
        __syncthreads();
        each_part([&](int index) {
            const Part& part = walk.parts[index];
            forward(part);
            intensities(part);
            __syncthreads();
            const Tile tile = at(part, 0);
            for (int e = threadIdx.x; e < tile.events; e += THREADS)
                intensity[tile.first_event + e] = plane<INTENSITY>(tile)[e];
            for (int item = threadIdx.x; want_rows && item < 2 * ROWS * PART; item += THREADS) {
                const int plane = item / PART, e = item % PART;
                if (e >= tile.events) continue;
                const Pair a = get<AMPLITUDE>(tile, plane / 2 * 2, e);
                rows[(size_t)plane * event_count + tile.first_event + e] = plane % 2 == 0 ? a.re : a.im;
            }
            __syncthreads();
        }, [](int) {});
    }
}
