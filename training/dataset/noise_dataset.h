// Makes a small data set of noise for tests that run the programs. Nothing can
// be learned from it, but every stage runs on it in a second.
#ifndef TRAINING_DATASET_NOISE_DATASET_H_
#define TRAINING_DATASET_NOISE_DATASET_H_

#include "nas/base/philox.h"
#include "training/dataset/dataset.h"

namespace robbench {

// Returns a data set "noise" whose two splits have `images` images each, of one
// channel and size x size pixels that are uniform in 0 ... 255. Image i is of
// class i mod 4. The same arguments give the same bytes.
inline Dataset NoiseDataset(int images, int size) {
  Dataset dataset{.name = "noise",
                  .classes = 4,
                  .channels = 1,
                  .image_size = size,
                  .mean = {120},
                  .standard_deviation = {70}};
  PhiloxStream random(1, Purpose::kTest);
  for (ImageSplit* split : {&dataset.train, &dataset.test}) {
    for (int i = 0; i < images; ++i) {
      for (int k = 0; k < size * size; ++k) {
        split->pixels.push_back(static_cast<char>(random.Below(256)));
      }
      split->labels.push_back(i % 4);
    }
  }
  return dataset;
}

}  // namespace robbench

#endif  // TRAINING_DATASET_NOISE_DATASET_H_
