// A data set of noise, for tests that run the programs.
#ifndef TRAINING_DATASET_NOISE_DATASET_H_
#define TRAINING_DATASET_NOISE_DATASET_H_

#include "nas/base/philox.h"
#include "training/dataset/dataset.h"

namespace robbench {

// Two splits of `images` grey images of size x size, four classes in turn.
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
