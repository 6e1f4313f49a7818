//! The value of a tile, where no gradient is taken.

/// Goes on with the sums over a tile that the value is made of.
__device__ __noinline__ void add_to_lanes(int index)
{
    const Part& part = walk.parts[index];
    for (int point = octet(); point < points_of(part); point += OCTETS) add_value(at(part, point));
}

/// Adds the sum over a tile that ends with a part to the block's.
__device__ __noinline__ void finish_tile(int index)
{
    const Part& part = walk.parts[index];
    for (int point = threadIdx.x; point < points_of(part); point += THREADS) {
        const Tile tile = at(part, point);
        tile.sums[0] += finished(tile, CARRY_VALUE);
    }
}
