// Tests both studies on a small data set, and their statistics.
#include <Eigen/Core>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/digest.h"
#include "nas/base/file.h"
#include "nas/base/philox.h"
#include "nas/base/record.h"
#include "nas/base/safetensors.h"
#include "nas/base/text_proto.h"
#include "ntk/kernel_scores.h"
#include "ntk/theory/generalisation_bound.h"
#include "ntk/theory/infinite_kernel.h"
#include "ntk/theory/studies/bound_study.h"
#include "ntk/theory/studies/study_job.h"
#include "ntk/theory/studies/study_statistics.h"
#include "ntk/theory/studies/unit_images.h"
#include "ntk/theory/studies/width_study.h"
#include "ntk/theory/theory.pb.h"
#include "training/dataset/dataset.h"

namespace robbench {
namespace {

using ::testing::HasSubstr;

// SciPy: stats.t.ppf(0.975, degrees).
TEST(StudyStatisticsTest, StudentQuantiles) {
  const std::pair<int, double> expected[] = {
      {1, 12.706204736174694},  {2, 4.302652729749462},
      {3, 3.1824463052837078},  {4, 2.7764451051977934},
      {5, 2.5705818356363146},  {10, 2.228138851986274},
      {26, 2.0555294386428735}, {154, 1.9754880582343404}};
  for (const auto& [degrees, quantile] : expected) {
    EXPECT_NEAR(StudentQuantile95(degrees), quantile, 1e-9) << degrees;
  }
}

// SciPy: stats.linregress of the logarithms, stats.t.interval, kendalltau.
TEST(StudyStatisticsTest, SlopesMeansAndRanks) {
  const Interval slope = LogLogSlope({64, 64, 128, 256, 256, 1024, 4096},
                                     {.21, .13, .11, .09, .05, .041, .016});
  EXPECT_NEAR(slope.estimate, -0.5435030242311153, 1e-12);
  EXPECT_NEAR(slope.low, -0.7232575751816785, 1e-9);
  EXPECT_NEAR(slope.high, -0.36374847328055204, 1e-9);
  const Interval mean = MeanInterval({.2, .5, .1, .9});
  EXPECT_NEAR(mean.estimate, 0.425, 1e-15);
  EXPECT_NEAR(mean.low, -0.14688185247846391, 1e-9);
  EXPECT_NEAR(mean.high, 0.996881852478464, 1e-9);
  EXPECT_NEAR(*RankAgreement({1, 2, 3, 4, 5}, {2, 1, 4, 4, 5}),
              0.7378647873726218, 1e-12);
  EXPECT_EQ(*RankAgreement({1, 2, 3}, {3, 2, 1}), -1);
  EXPECT_FALSE(RankAgreement({1, 1, 1}, {3, 2, 1}).has_value());
}

// Class 1 is bright on the left, class 0 on the right; classes 2 and 3 are
// noise. Labels come in no order.
Dataset SmallDataset() {
  Dataset dataset;
  dataset.name = "small";
  dataset.classes = 4;
  dataset.channels = 1;
  dataset.image_size = 6;
  dataset.mean = {100};
  dataset.standard_deviation = {50};
  for (ImageSplit* split : {&dataset.train, &dataset.test}) {
    PhiloxStream stream(split == &dataset.train ? 1 : 2, Purpose::kTest);
    for (int i = 0; i < 240; ++i) {
      const int label = stream.Below(4);
      split->labels.push_back(label);
      for (int k = 0; k < 36; ++k) {
        const bool left = k % 6 < 3;
        const int shift = label > 1 ? 0 : left == (label == 1) ? 35 : -35;
        split->pixels.push_back(
            static_cast<char>(60 + shift + stream.Below(130)));
      }
    }
  }
  return dataset;
}

constexpr char kWidthSpec[] = R"(
networks { name: "two" activations: RELU }
networks { name: "three" activations: TANH activations: RELU skips: 1 }
widths { width: 16 repeats: 12 }
widths { width: 64 repeats: 12 }
widths { width: 256 repeats: 12 }
images: 6
)";

constexpr char kBoundSpec[] = R"(
networks { name: "two" activations: RELU }
networks { name: "convolution" activations: RELU activations: TANH skips: 1
           kernel_size: 3 }
width: 16
negative_class: 0
positive_class: 1
train_images: 30
test_images: 80
weights: 0
weights: 0.5
weights: 1
repeats: 2
delta: 0.05
training {
  learning_rate: 1
  epochs: 12
  batch_size: 8
  attack { norm: LINF epsilon: 0.05 step_size: 0.02 steps: 3
           random_start: true }
}
)";

class StudyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(WriteFile(dataset_, SerializeDataset(SmallDataset())).ok());
  }

  StudyJob Job(const std::string& spec) {
    EXPECT_TRUE(WriteFile(spec_, spec).ok());
    return {.dataset = dataset_, .spec = spec_, .profile = "portable"};
  }

  // The message without the files' folders.
  template <typename Record>
  std::string Error(const absl::StatusOr<Record>& record) {
    if (record.ok()) return "no error";
    return absl::StrReplaceAll(record.status().message(),
                               {{::testing::TempDir() + "/", ""}});
  }
  std::string WidthError(const std::string& from, const std::string& to) {
    return Error(
        RunWidthStudy(Job(absl::StrReplaceAll(kWidthSpec, {{from, to}}))));
  }
  std::string BoundError(const std::string& from, const std::string& to) {
    return Error(
        RunBoundStudy(Job(absl::StrReplaceAll(kBoundSpec, {{from, to}}))));
  }

  // Runs the command of a study on dataset_ and spec_, with and without
  // kernels; its record is `expected`.
  template <typename Record>
  absl::StatusOr<SafetensorsFile> Kernels(const std::string& study,
                                          const Record& expected) {
    const std::string kernels = ::testing::TempDir() + "/k.safetensors";
    const std::string out = ::testing::TempDir() + "/r.binpb";
    for (const std::string& flag :
         {std::string(), absl::StrCat(" --kernels_out=", kernels)}) {
      const std::string command =
          absl::StrCat("ntk/theory/", study, " --dataset=", dataset_,
                       " --spec=", spec_, " --record_out=", out, flag);
      EXPECT_EQ(std::system(command.c_str()), 0) << command;
      EXPECT_EQ(*ReadFile(out), SerializeRecord(expected));
    }
    return SafetensorsFile::Read(kernels);
  }

  static Eigen::MatrixXd Matrix(const SafetensorsFile& file,
                                const std::string& name, int n) {
    const auto entry = file.Get(name, DType::kF64, {n, n});
    EXPECT_TRUE(entry.ok()) << entry.status();
    Eigen::MatrixXd matrix(n, n);
    if (!entry.ok()) return matrix;
    std::memcpy(matrix.data(), entry->data.data(), entry->data.size());
    matrix.transposeInPlace();  // the file is row by row
    return matrix;
  }

  const std::string dataset_ = ::testing::TempDir() + "/d.safetensors";
  const std::string spec_ = ::testing::TempDir() + "/s.textproto";
};

TEST_F(StudyTest, UnitImagesAreScaledPixels) {
  const Dataset dataset = SmallDataset();
  const auto x = UnitImages("d", dataset, dataset.test, {3, 0});
  ASSERT_TRUE(x.ok()) << x.status();
  ASSERT_EQ(x->cols(), 2);
  EXPECT_NEAR(x->col(0).norm(), 1, 1e-15);
  const auto pixel = [&](int image, int k) {
    return static_cast<unsigned char>(dataset.test.pixels[36 * image + k]) -
           100.0;
  };
  EXPECT_NEAR((*x)(5, 0) / (*x)(7, 0), pixel(3, 5) / pixel(3, 7), 1e-12);
  EXPECT_NEAR((*x)(5, 1) / (*x)(7, 1), pixel(0, 5) / pixel(0, 7), 1e-12);
  const auto two = ReadTwoClasses("d", dataset, dataset.train, 2, 1, 30);
  ASSERT_TRUE(two.ok()) << two.status();
  int64_t image = -1;
  for (int i = 0; i < 30; ++i) {
    do ++image;
    while (dataset.train.labels[image] != 1 &&
           dataset.train.labels[image] != 2);
    EXPECT_EQ(two->y(i), dataset.train.labels[image] == 1 ? 1 : -1);
  }
  EXPECT_EQ(
      ReadTwoClasses("d", dataset, dataset.train, 2, 4, 30).status().message(),
      "d: class: expected 0 to 3, found 4");
  EXPECT_THAT(std::string(ReadTwoClasses("d", dataset, dataset.train, 2, 3, 230)
                              .status()
                              .message()),
              HasSubstr("d: images of classes 2 and 3: expected at least 230"));
  Dataset flat = dataset;
  flat.test.pixels.replace(36, 36, std::string(36, 100));
  EXPECT_EQ(UnitImages("d", flat, flat.test, {1}).status().message(),
            "d: image 1: expected a norm above 0 to scale to 1, found 0");
}

TEST_F(StudyTest, WidthStudy) {
  const auto record = RunWidthStudy(Job(kWidthSpec));
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->dataset(), "small");
  EXPECT_EQ(record->provenance().producer(), "ntk/theory:width_study");
  ASSERT_EQ(record->provenance().inputs_size(), 2);
  EXPECT_EQ(record->provenance().inputs(1).role(), "spec");
  EXPECT_EQ(record->provenance().inputs(1).sha256(), Sha256(kWidthSpec));
  ASSERT_EQ(record->networks_size(), 2);
  for (const WidthStudyNetwork& network : record->networks()) {
    ASSERT_EQ(network.errors_size(), 36);
    EXPECT_EQ(network.errors(35).width(), 256);
    EXPECT_EQ(network.errors(35).seed(), 35);
    // The interval is wide enough to hold -1/2, and tells it from 0 and -1.
    EXPECT_TRUE(network.inverse_square_root())
        << network.slope_low() << " " << network.slope_high();
    EXPECT_GT(network.slope(), -0.8);
    EXPECT_LT(network.slope(), -0.2);
    EXPECT_GT(network.min_eigenvalue_bound(), 0);
    EXPECT_LE(network.min_eigenvalue_bound(), network.min_eigenvalue());
  }
  EXPECT_EQ(SerializeRecord(*record),
            SerializeRecord(*RunWidthStudy(Job(kWidthSpec))));
}

TEST_F(StudyTest, BoundStudy) {
  const auto record = RunBoundStudy(Job(kBoundSpec));
  ASSERT_TRUE(record.ok()) << record.status();
  ASSERT_EQ(record->networks_size(), 2);
  for (const BoundStudyNetwork& network : record->networks()) {
    SCOPED_TRACE(network.name());
    ASSERT_EQ(network.runs_size(), 6);
    const double rest = 3 * std::sqrt(std::log(2 / 0.05) / (2 * 30));
    for (const BoundStudyRun& run : network.runs()) {
      EXPECT_NEAR(run.clean_bound(), run.clean_complexity() + rest, 1e-12);
      EXPECT_NEAR(run.robust_bound(), run.robust_complexity() + rest, 1e-12);
      // Halves that are easy to tell apart.
      EXPECT_LT(run.training_clean_error(), 0.2);
      EXPECT_GE(run.robust_error(), run.clean_error());
      EXPECT_GT(run.clean_min_eigenvalue(), 0);
      EXPECT_GT(run.shuffled_robust_bound(), rest);
    }
    // Labels that cannot be learned: the clean kernel sees it.
    for (int seed = 0; seed < 2; ++seed) {
      EXPECT_GT(network.runs(seed).shuffled_clean_bound(),
                1.2 * network.runs(seed).clean_bound());
    }
    // Runs by b, then seed. K_all(1) is K~ = K~_all(0).
    EXPECT_EQ(network.runs(0).b(), 0);
    EXPECT_EQ(network.runs(1).seed(), 1);
    EXPECT_EQ(network.runs(4).b(), 1);
    for (int seed = 0; seed < 2; ++seed) {
      EXPECT_EQ(network.runs(4 + seed).clean_complexity(),
                network.runs(seed).robust_complexity());
    }
    EXPECT_LE(network.clean_holds(), 6);
  }
  EXPECT_EQ(SerializeRecord(*record),
            SerializeRecord(*RunBoundStudy(Job(kBoundSpec))));
}

// The commands' kernels: one tensor a kernel, and a record of the same bytes as
// without them.
TEST_F(StudyTest, WidthStudyWritesTheKernelsOfInfiniteWidth) {
  const StudyJob job = Job(kWidthSpec);
  const auto file = Kernels("width_study", *RunWidthStudy(job));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(*file->Metadata("dataset"), "small");
  EXPECT_EQ(*file->Metadata("producer"), "ntk/theory:width_study");
  const Dataset dataset = SmallDataset();
  const auto x = UnitImages("d", dataset, dataset.test, {0, 1, 2, 3, 4, 5});
  const auto spec = ReadTextProto<WidthStudySpec>(spec_);
  ASSERT_TRUE(x.ok() && spec.ok());
  EXPECT_EQ(file->tensors().size(), 2);
  for (const ResidualNetworkSpec& network : spec->message.networks()) {
    EXPECT_EQ(Matrix(*file, network.name(), 6), InfiniteKernel(network, *x))
        << network.name();
  }
  // Arc-cosine kernels of the first two images, by hand.
  const double rho = x->col(0).dot(x->col(1));
  const double angle = std::acos(rho);
  EXPECT_NEAR(Matrix(*file, "two", 6)(0, 1),
              ((M_PI - angle) * 2 * rho + std::sin(angle)) / (2 * M_PI), 1e-9);
}

TEST_F(StudyTest, BoundStudyWritesTheKernelsOfItsBounds) {
  const StudyJob job = Job(kBoundSpec);
  const auto record = RunBoundStudy(job);
  ASSERT_TRUE(record.ok()) << record.status();
  const auto file = Kernels("bound_study", *record);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->tensors().size(), 2 * 2 * 5);
  const Dataset dataset = SmallDataset();
  const auto images = ReadTwoClasses("d", dataset, dataset.train, 0, 1, 30);
  ASSERT_TRUE(images.ok());
  for (const BoundStudyNetwork& network : record->networks()) {
    for (const BoundStudyRun& run : network.runs()) {
      const auto kernel = [&](const std::string& name) {
        return Matrix(
            *file,
            absl::StrCat(network.name(), "/seed_", run.seed(), "/", name), 30);
      };
      const auto once = MixedKernel(kernel("clean"), kernel("cross"),
                                    kernel("robust"), run.b());
      const auto twice = MixedKernel(kernel("robust"), kernel("cross_twice"),
                                     kernel("robust_twice"), run.b());
      ASSERT_TRUE(once.ok() && twice.ok());
      EXPECT_EQ(robbench::BoundError(*once, images->y, 0.05)->complexity,
                run.clean_complexity());
      EXPECT_EQ(robbench::BoundError(*twice, images->y, 0.05)->complexity,
                run.robust_complexity());
    }
  }
}

TEST_F(StudyTest, BadSpecs) {
  EXPECT_EQ(
      WidthError("images: 6", "images: 241"),
      "s.textproto: field images: expected at most 240 (the test split of "
      "d.safetensors), found 241");
  EXPECT_EQ(WidthError("images: 6", "images: 1"),
            "s.textproto: field images: expected 2 to 256, found 1");
  EXPECT_EQ(
      WidthError("width: 64", "width: 16"),
      "s.textproto: field widths[1].width: expected 17 to 32768, found 16");
  EXPECT_EQ(
      WidthError("width: 256 repeats: 12", "width: 256 repeats: 0"),
      "s.textproto: field widths[2].repeats: expected 1 to 1000, found 0");
  EXPECT_EQ(WidthError("widths { width: 64 repeats: 12 }", ""),
            "s.textproto: field widths: expected at least 3, found 2");
  EXPECT_EQ(
      WidthError("\"three\"", "\"two\""),
      "s.textproto: field networks[1].name: expected a name of its own, found "
      "two");
  EXPECT_EQ(
      WidthError("skips: 1", "skips: 1 kernel_size: 3"),
      "s.textproto: field networks.kernel_size: expected none: only fully "
      "connected networks have a kernel of infinite width here, found 3");
  EXPECT_EQ(WidthError("skips: 1", "skips: 3"),
            "s.textproto: field networks[1].skips: expected 0 or 1, found 3");
  EXPECT_THAT(WidthError("TANH", "SOFTPLUS"), HasSubstr("SOFTPLUS"));
  EXPECT_THAT(WidthError("images: 6", "pictures: 6"), HasSubstr("pictures"));

  EXPECT_EQ(BoundError("positive_class: 1", "positive_class: 0"),
            "s.textproto: field positive_class: expected another than "
            "negative_class, found 0");
  EXPECT_EQ(BoundError("positive_class: 1", "positive_class: 7"),
            "d.safetensors: train split: class: expected 0 to 3, found 7");
  EXPECT_THAT(BoundError("train_images: 30", "train_images: 200"),
              HasSubstr("d.safetensors: train split: images of classes 0 and "
                        "1: expected at least 200, found"));
  EXPECT_EQ(BoundError("weights: 0.5", "weights: 1.5"),
            "s.textproto: field weights[1]: expected above 0, to 1, found 1.5");
  EXPECT_EQ(BoundError("weights: 0.5", "weights: 0"),
            "s.textproto: field weights[1]: expected above 0, to 1, found 0");
  EXPECT_EQ(BoundError("repeats: 2", "repeats: 1"),
            "s.textproto: field repeats: expected 2 to 1000, found 1");
  EXPECT_EQ(BoundError("delta: 0.05", "delta: 1"),
            "s.textproto: field delta: expected above 0 and below 1, found 1");
  EXPECT_EQ(BoundError("epochs: 12", "epochs: 0"),
            "s.textproto: field training.epochs: expected 1 to 10000, found 0");
  EXPECT_THAT(BoundError("epsilon: 0.05", "epsilon: -1"),
              HasSubstr("training.attack.epsilon: expected 0 to 10, found -1"));
  EXPECT_THAT(BoundError("learning_rate: 1", "learning_rate: 1e200"),
              HasSubstr("s.textproto: network two, seed 0, b 0: epoch"));
  StudyJob job = Job(kWidthSpec);
  job.dataset = spec_;
  EXPECT_THAT(Error(RunWidthStudy(job)), HasSubstr("s.textproto"));
}

}  // namespace
}  // namespace robbench
