#!/usr/bin/env python3
"""ask_tell.py SCENARIO TRIALS - options of a learner, chosen by Optuna: it asks, Poise tells.

They are judged on seeds 100..104: show what is chosen on others. It may be stopped and started
again: the same questions come, and `poise run` repeats nothing that is in the store.
"""
import json
import subprocess
import sys

import optuna

scenario, n_trials = sys.argv[1], int(sys.argv[2])
store = f"results/{scenario}-search.db"
study = optuna.create_study(direction="minimize", sampler=optuna.samplers.TPESampler(seed=0))
for _ in range(n_trials):
    trial = study.ask()
    rate = trial.suggest_float("learning_rate_power", 0.3, 1.0)
    explore = trial.suggest_float("exploration_initial", 1e-3, 0.3, log=True)
    agent = f"q_learning:learning_rate_power={rate:.4g}:exploration_initial={explore:.4g}"
    subprocess.run(["poise", "run", scenario, "-q", "-a", agent, "--train", "20000",
                    "--seeds", "100..104", "-o", store], check=True, stdout=subprocess.DEVNULL)
    table = subprocess.run(["poise", "report", store, "--format", "json"], check=True,
                           capture_output=True).stdout
    mean = next(row["mean"] for row in json.loads(table) if row["agent"] == agent)
    study.tell(trial, mean)
    print(f"{mean:.4f} s  {agent}", flush=True)
print(f"best: {study.best_value:.4f} s with {study.best_params}")
