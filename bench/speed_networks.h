/* speed_networks.h - how fast networks learn and decide, against the multiply-adds that this CPU
 * can do at most. */
#ifndef SPEED_NETWORKS_H
#define SPEED_NETWORKS_H

/* Prints a row each for an update of PPO at three sizes of batch, for one forward pass of that
 * network, and for one decision of the attention network of two widths. */
void speed_networks(void);

#endif
