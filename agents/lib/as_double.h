/* as_double.h - what follows is compiled for double; see as_float.h. */
#undef REAL
#undef TYPED
#undef DET
#define REAL double
#define TYPED(name) name##_d
#define DET(name) det_##name
