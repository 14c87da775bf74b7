/* lanes_typed.h - the sums of lanes.h in one precision. */

static inline REAL TYPED(sum_lanes)(const REAL *l)
{
    const REAL even = ((l[0] + l[8]) + (l[4] + l[12])) + ((l[2] + l[10]) + (l[6] + l[14]));
    const REAL odd = ((l[1] + l[9]) + (l[5] + l[13])) + ((l[3] + l[11]) + (l[7] + l[15]));
    return even + odd;
}

/* Zeroes the rows of lane (16, 16) from row n on. */
static inline void TYPED(clear_lanes)(int n, REAL *lane)
{
    for (int i = 16 * n; i < 16 * 16; i++)
        lane[i] = 0;
}

/* sum (16): each row of lane (16, 16) as sum_lanes does it, all side by side. */
static inline void TYPED(sum_lanes_of_16)(const REAL *lane, REAL *sum)
{
    REAL eight[16 * 8], four[16 * 4], two[16 * 2];
    for (int r = 0; r < 16; r++)
        for (int i = 0; i < 8; i++)
            eight[r * 8 + i] = lane[r * 16 + i] + lane[r * 16 + i + 8];
    for (int r = 0; r < 16; r++)
        for (int i = 0; i < 4; i++)
            four[r * 4 + i] = eight[r * 8 + i] + eight[r * 8 + i + 4];
    for (int r = 0; r < 16; r++)
        for (int i = 0; i < 2; i++)
            two[r * 2 + i] = four[r * 4 + i] + four[r * 4 + i + 2];
    for (int r = 0; r < 16; r++)
        sum[r] = two[2 * r] + two[2 * r + 1];
}

/* lane (16) of the numbers x (n), and of the products of x and y. */
static inline void TYPED(lanes)(int n, const REAL *x, REAL *lane)
{
    int i = 0;
    for (int l = 0; l < 16; l++)
        lane[l] = 0;
    for (; i + 16 <= n; i += 16)
        for (int l = 0; l < 16; l++)
            lane[l] += x[i + l];
    for (int l = 0; i + l < n; l++)
        lane[l] += x[i + l];
}

static inline void TYPED(lanes_of_products)(int n, const REAL *x, const REAL *y, REAL *lane)
{
    int i = 0;
    for (int l = 0; l < 16; l++)
        lane[l] = 0;
    for (; i + 16 <= n; i += 16)
        for (int l = 0; l < 16; l++)
            lane[l] += x[i + l] * y[i + l];
    for (int l = 0; i + l < n; l++)
        lane[l] += x[i + l] * y[i + l];
}
