// Augmentation of training images: zero padding and a random crop of the
// original size, then a horizontal flip (paper, section 3). It works on bytes,
// before tensors are made.
//
// Every image draws from streams of its own, keyed by seed, epoch and its
// position in the split, so neither batch split nor resume changes it.
#ifndef TRAINING_AUGMENTATION_H_
#define TRAINING_AUGMENTATION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "training/dataset/dataset.h"

namespace robbench {

// From the recipe's `augmentation`.
struct AugmentationOptions {
  int crop_padding = 0;         // pixels on each side; 0: no crop
  double flip_probability = 0;  // that an image is mirrored, 0 to 1
};

// What happens to an image: where its crop begins, 0 ... 2 * crop_padding in
// each direction (CropAndFlip), and whether it is mirrored.
struct CropDraw {
  int dy = 0;
  int dx = 0;
  bool mirrored = false;
};

// Draws this for the image at position `sample` of the split.
CropDraw DrawCrop(const AugmentationOptions& options, uint32_t seed,
                  uint32_t epoch, uint32_t sample);

// Returns the augmented images at positions `indices` of the train split,
// [B, C, H, W] bytes.
std::string AugmentedImages(const Dataset& dataset,
                            const std::vector<int64_t>& indices,
                            const AugmentationOptions& options, uint32_t seed,
                            uint32_t epoch);

// Writes one plane of size x size bytes to `out`, moved so that pixel (dy, dx)
// of the padded plane comes first (dy, dx in 0 ... 2 * padding), then mirrored
// if `flip`.
void CropAndFlip(const char* plane, int size, int padding, int dy, int dx,
                 bool flip, char* out);

// Returns a permutation of 0 ... count-1: the order of the images in an epoch,
// drawn from the stream (seed, kShuffle, epoch).
std::vector<int64_t> ShuffledOrder(int64_t count, uint32_t seed,
                                   uint32_t epoch);

}  // namespace robbench

#endif  // TRAINING_AUGMENTATION_H_
