"""read_policy.py POLICY FEATURES ATTENTION - reads a policy as docs/learners.md says and scores
candidates. FEATURES holds, of candidates and with the attention network of tasks and groups before
them, (rows, columns) as two int32 each; then the rows as float32; then, with the attention network,
the candidates' tasks and groups as int32. ATTENTION holds (candidates) float64. Status 0 if they
agree to 1e-6, 77 without NumPy."""
import json
import re
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


def linear(p, name, x):
    return x @ p[name + ".weight"] + p[name + ".bias"]


def norm(p, name, x):
    x = x - x.mean(1, keepdims=True)
    return x / np.sqrt((x * x).mean(1, keepdims=True) + 1e-5) * p[name + ".weight"] + p[name + ".bias"]


def look(q, k, v):
    a = q @ k.T / np.sqrt(q.shape[1])
    a = np.exp(a - a.max(1, keepdims=True))
    return a / a.sum(1, keepdims=True) @ v


def attention_scores(p, heads, task, group, x, task_of, group_of):
    y = np.vstack([linear(p, "net.embed.task", task), linear(p, "net.embed.device", group)])
    for b in range(sum(name.endswith("attn.in_proj.weight") for name in p)):
        at = f"net.blocks.{b}."
        q, k, v = (np.split(part, heads, 1) for part in np.split(linear(p, at + "attn.in_proj", norm(p, at + "norm1", y)), 3, 1))
        y = y + linear(p, at + "attn.out_proj", np.hstack([look(*head) for head in zip(q, k, v)]))
        y = y + linear(p, at + "linear2", np.maximum(0, linear(p, at + "linear1", norm(p, at + "norm2", y))))
    y = norm(p, "net.norm", y)
    task, group = y[:len(task)], y[len(task):]
    of_task = np.vstack([linear(p, "net.score.task", task), p["net.score.no_task"]])        # -1, none, is the last row
    of_group = np.vstack([group @ p["net.score.device.weight"], p["net.score.no_device"]])
    hidden = np.tanh(of_task[task_of] + of_group[group_of] + x @ p["net.score.candidate.weight"])
    match = np.pad(task @ p["net.score.bilinear.weight"] @ group.T / y.shape[1], ((0, 1), (0, 1)))
    return linear(p, "net.score.out", hidden)[:, 0] + match[task_of, group_of]


about, policy = load(sys.argv[1])
agent = about["poise.agent"]
attends = "network=attention" in agent
raw = open(sys.argv[2], "rb").read()
shapes = np.frombuffer(raw[:24 if attends else 8], np.int32).reshape(-1, 2)
at, tables = shapes.nbytes, []
for shape in shapes:
    tables.append(np.frombuffer(raw[at:at + 4 * shape.prod()], np.float32).reshape(shape).astype(np.float64))
    at += 4 * shape.prod()
attention = np.fromfile(sys.argv[3], np.float64)
if attends:
    about_what = np.frombuffer(raw[at:], np.int32).reshape(2, -1)
    heads = int(re.search(r":heads=(\d+)", agent).group(1))
    own = attention_scores(policy, heads, *tables, *about_what)
else:
    own = scores(policy, tables[0])
off = np.abs(own - attention).max()
print(f"{agent.split(':')[0]}: {len(own)} candidates, furthest apart {off:.2g}")
sys.exit(0 if off < 1e-6 else 1)
