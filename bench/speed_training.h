/* speed_training.h - how fast a whole training is, against the sum of what it cannot do without. */
#ifndef SPEED_TRAINING_H
#define SPEED_TRAINING_H

/* Prints a row for PPO: decisions, features and networks while it plays, and its updates. */
void speed_training(void);

#endif
