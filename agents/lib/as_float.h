/* as_float.h - what follows is compiled for float. Numeric code of which the tests need a double
 * build is written once, in *_typed.h and *_typed.inc, and included after as_float.h and again
 * after as_double.h: TYPED(mlp) is mlp_f and then mlp_d. Meant to be included many times. */
#undef REAL
#undef TYPED
#undef DET
#define REAL float
#define TYPED(name) name##_f
#define DET(name) det_##name##f
