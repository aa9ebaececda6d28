// What the published data sets are, so that nothing else goes by their names:
// each file by its SHA-256 where that is known (CIFAR-10, CIFAR-100,
// Fashion-MNIST), which fixes counts, labels and pixels; for ImageNet16-120,
// whose pickles exist in several encodings, the numbers of images, of them in
// each class. A data set of any other name may hold anything.
#ifndef TRAINING_DATASET_PUBLISHED_SET_H_
#define TRAINING_DATASET_PUBLISHED_SET_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace robbench {

struct PublishedFile {
  std::string name;    // as in the published archive
  std::string sha256;  // of its contents, not of a gzip around them
};

// How many images a split has, all in all and in each class.
struct PublishedCounts {
  int64_t images = 0;
  int64_t least_in_class = 0;
  int64_t most_in_class = 0;
};

struct PublishedSet {
  std::string name;
  std::vector<PublishedFile> files;  // in the order of preprocess's inputs
  PublishedCounts train;
  PublishedCounts test;
};

// All of them.
const std::vector<PublishedSet>& PublishedSets();

// The set of that name, or null.
const PublishedSet* FindPublishedSet(absl::string_view name);

// Whether `inputs`, paths of plain or gzipped files, are the set's files, in
// their order. InvalidArgument naming the file, the expected SHA-256 and the
// one found. OK for a set whose files' digests are not known.
absl::Status CheckPublishedFiles(const PublishedSet& set,
                                 const std::vector<std::string>& inputs);

// Whether the images of a whole split, "train" or "test", are as many as
// published, by their labels, 0 ... classes-1. InvalidArgument naming split,
// class, expected and found.
absl::Status CheckPublishedLabels(const PublishedSet& set,
                                  absl::string_view split,
                                  const std::vector<int64_t>& labels,
                                  int classes);

}  // namespace robbench

#endif  // TRAINING_DATASET_PUBLISHED_SET_H_
