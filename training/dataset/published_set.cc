#include "training/dataset/published_set.h"

#include <cstddef>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "nas/base/digest.h"
#include "nas/base/file.h"
#include "nas/base/file_kind.h"
#include "nas/base/name.h"
#include "nas/base/status_macros.h"
#include "training/dataset/gzip.h"

namespace robbench {
namespace {

// More than any published file has, plain.
constexpr uint64_t kMaxBytes = uint64_t{1} << 30;

constexpr absl::string_view kOtherName =
    "a data set of other files needs another name in its spec";

std::vector<PublishedSet> MakePublishedSets() {
  return {
      {.name = "cifar10",
       .files = {{"data_batch_1.bin",
                  "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883"
                  "ada5"},
                 {"data_batch_2.bin",
                  "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa"
                  "57ed"},
                 {"data_batch_3.bin",
                  "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea2"
                  "6f67"},
                 {"data_batch_4.bin",
                  "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff"
                  "4e48"},
                 {"data_batch_5.bin",
                  "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a"
                  "9add"},
                 {"test_batch.bin",
                  "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273"
                  "f65b"}},
       .train = {50'000, 5'000, 5'000},
       .test = {10'000, 1'000, 1'000}},
      {.name = "cifar100",
       .files = {{"train.bin",
                  "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aee"
                  "bf29"},
                 {"test.bin",
                  "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8"
                  "224a"}},
       .train = {50'000, 500, 500},
       .test = {10'000, 100, 100}},
      {.name = "fashion_mnist",
       .files = {{"train-images-idx3-ubyte",
                  "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44"
                  "d888"},
                 {"train-labels-idx1-ubyte",
                  "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760"
                  "443d9"},
                 {"t10k-images-idx3-ubyte",
                  "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815c"
                  "e37b"},
                 {"t10k-labels-idx1-ubyte",
                  "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec3"
                  "8c34"}},
       .train = {60'000, 6'000, 6'000},
       .test = {10'000, 1'000, 1'000}},
      // 732 and 1,300 are the fewest and most training images of any class of
      // ImageNet (ILSVRC 2012).
      {.name = "imagenet16_120",
       .files = {},
       .train = {151'700, 732, 1'300},
       .test = {6'000, 50, 50}},
  };
}

// Returns the bytes of a file, unpacked if it is packed by gzip.
absl::StatusOr<std::string> ReadContents(const std::string& path) {
  ROBBENCH_ASSIGN_OR_RETURN(std::string bytes, ReadFile(path, kMaxBytes));
  if (!IsGzip(bytes)) return bytes;
  return Gunzip(path, bytes, kMaxBytes);
}

}  // namespace

const std::vector<PublishedSet>& PublishedSets() {
  static const auto& sets = *new std::vector<PublishedSet>(MakePublishedSets());
  return sets;
}

const PublishedSet* FindPublishedSet(absl::string_view name) {
  for (const PublishedSet& set : PublishedSets()) {
    if (FoldedName(set.name) == FoldedName(name)) return &set;
  }
  return nullptr;
}

absl::Status CheckPublishedFiles(const PublishedSet& set,
                                 const std::vector<std::string>& inputs) {
  if (set.files.empty()) return absl::OkStatus();
  if (inputs.size() != set.files.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("data set ", set.name, ": expected the ", set.files.size(),
                     " published files, ", set.files.front().name, " to ",
                     set.files.back().name, ", found ", inputs.size(),
                     " files; ", kOtherName));
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    const PublishedFile& expected = set.files[i];
    ROBBENCH_ASSIGN_OR_RETURN(const std::string bytes, ReadContents(inputs[i]));
    const std::string found = Sha256(bytes);
    if (found == expected.sha256) continue;
    std::string is;
    for (const PublishedFile& other : set.files) {
      if (other.sha256 == found) is = absl::StrCat(", which is ", other.name);
    }
    return absl::InvalidArgumentError(absl::StrCat(
        inputs[i], ": data set ", set.name, ": expected the published ",
        expected.name, " with SHA-256 ", expected.sha256, ", found ", found, is,
        LooksLike(bytes), "; ", kOtherName));
  }
  return absl::OkStatus();
}

absl::Status CheckPublishedLabels(const PublishedSet& set,
                                  absl::string_view split,
                                  const std::vector<int64_t>& labels,
                                  int classes) {
  const PublishedCounts& counts = split == "train" ? set.train : set.test;
  if (static_cast<int64_t>(labels.size()) != counts.images) {
    return absl::InvalidArgumentError(absl::StrCat(
        "data set ", set.name, ": ", split, " images: expected the published ",
        counts.images, ", found ", labels.size(), "; ", kOtherName));
  }
  std::vector<int64_t> found(classes);
  for (const int64_t label : labels) ++found[label];
  for (int c = 0; c < classes; ++c) {
    if (found[c] >= counts.least_in_class && found[c] <= counts.most_in_class) {
      continue;
    }
    return absl::InvalidArgumentError(absl::StrCat(
        "data set ", set.name, ": ", split, " images of class ", c,
        ": expected ",
        counts.least_in_class == counts.most_in_class
            ? absl::StrCat(counts.least_in_class)
            : absl::StrCat(counts.least_in_class, " to ", counts.most_in_class),
        ", found ", found[c], "; ", kOtherName));
  }
  return absl::OkStatus();
}

}  // namespace robbench
