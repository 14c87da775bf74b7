/* lanes_typed.h - the sums of lanes.h in one precision. */

static inline REAL TYPED(sum_lanes)(const REAL *l)
{
    const REAL even = ((l[0] + l[8]) + (l[4] + l[12])) + ((l[2] + l[10]) + (l[6] + l[14]));
    const REAL odd = ((l[1] + l[9]) + (l[5] + l[13])) + ((l[3] + l[11]) + (l[7] + l[15]));
    return even + odd;
}

static inline REAL TYPED(sum)(int n, const REAL *x)
{
    REAL lane[16] = {0};
    int i = 0;
    for (; i + 16 <= n; i += 16)
        for (int l = 0; l < 16; l++)
            lane[l] += x[i + l];
    for (int l = 0; i + l < n; l++)
        lane[l] += x[i + l];
    return TYPED(sum_lanes)(lane);
}

static inline REAL TYPED(sum_of_products)(int n, const REAL *x, const REAL *y)
{
    REAL lane[16] = {0};
    int i = 0;
    for (; i + 16 <= n; i += 16)
        for (int l = 0; l < 16; l++)
            lane[l] += x[i + l] * y[i + l];
    for (int l = 0; i + l < n; l++)
        lane[l] += x[i + l] * y[i + l];
    return TYPED(sum_lanes)(lane);
}
