/* det.h - elementary functions whose bits do not depend on the CPU or the C library.
 *
 * Built from + - * / and bit operations only, inline so that loops over arrays vectorise; accurate
 * to about 1 ulp. libm's bits change with FMA and version, so nothing that reaches simulated time
 * or learning may use it. */
