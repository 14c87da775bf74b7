"""read_policy.py POLICY FEATURES ATTENTION - reads a policy as docs/learners.md says and scores
candidates: FEATURES holds (rows, columns) as two int32 and float32 numbers, ATTENTION (rows)
float64 numbers. Status 0 if they agree to 1e-6, 77 without NumPy."""
import json
import sys

try:
    import numpy as np
except ImportError:
    sys.exit(77)


def load(path):
    data = open(path, "rb").read()
    n = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + n])
    about = header.pop("__metadata__")
    kind = {"F32": np.float32, "F64": np.float64}
    return about, {name: np.frombuffer(data[8 + n + row["data_offsets"][0]:8 + n + row["data_offsets"][1]],
                                       kind[row["dtype"]]).reshape(row["shape"]) for name, row in header.items()}


def scores(p, x):
    layers = sorted({int(name.split(".")[1]) for name in p if name.startswith("policy.")})
    for layer in layers:
        x = x @ p[f"policy.{layer}.weight"] + p[f"policy.{layer}.bias"]
        x = np.tanh(x) if layer != layers[-1] else x
    return x[:, 0]


about, policy = load(sys.argv[1])
raw = open(sys.argv[2], "rb").read()
rows, columns = np.frombuffer(raw[:8], np.int32)
x = np.frombuffer(raw[8:], np.float32).reshape(rows, columns)
attention = np.fromfile(sys.argv[3], np.float64)
off = np.abs(scores(policy, x.astype(np.float64)) - attention).max()
print(f"{about['poise.agent'].split(':')[0]}: {rows} candidates, furthest apart {off:.2g}")
sys.exit(0 if off < 1e-6 else 1)
