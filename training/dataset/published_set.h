// Knows what the published data sets are, so that nothing else can go by their
// names. Of CIFAR-10, CIFAR-100 and Fashion-MNIST it knows the SHA-256 of each
// file, which fixes counts, labels and pixels. Of ImageNet16-120, whose pickles
// exist in several encodings, it knows how many images there are, in all and in
// each class. A data set of any other name may hold anything.
#ifndef TRAINING_DATASET_PUBLISHED_SET_H_
#define TRAINING_DATASET_PUBLISHED_SET_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace robbench {

// One file of a published set.
struct PublishedFile {
  std::string name;    // as in the published archive
  std::string sha256;  // of its contents, not of a gzip around them
};

// How many images a split has, in all and in each class.
struct PublishedCounts {
  int64_t images = 0;
  int64_t least_in_class = 0;
  int64_t most_in_class = 0;
};

// A published set.
struct PublishedSet {
  std::string name;
  std::vector<PublishedFile> files;  // in the order of preprocess's inputs
  PublishedCounts train;
  PublishedCounts test;
};

// Returns all published sets.
const std::vector<PublishedSet>& PublishedSets();

// Returns the set of that name, also where it differs in case, "_" or "-" only
// (CIFAR-10), or null.
const PublishedSet* FindPublishedSet(absl::string_view name);

// Checks that `inputs`, paths of plain or gzipped files, are the set's files in
// their order. InvalidArgument, naming the file, the expected SHA-256 and the
// one found, if they are not. OK for a set whose files' digests are not known.
absl::Status CheckPublishedFiles(const PublishedSet& set,
                                 const std::vector<std::string>& inputs);

// Checks by their labels, 0 ... classes-1, that the images of a whole split,
// "train" or "test", are as many as published. InvalidArgument, naming split,
// class, expected and found, if they are not.
absl::Status CheckPublishedLabels(const PublishedSet& set,
                                  absl::string_view split,
                                  const std::vector<int64_t>& labels,
                                  int classes);

}  // namespace robbench

#endif  // TRAINING_DATASET_PUBLISHED_SET_H_
