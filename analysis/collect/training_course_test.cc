// Tests courses by hand at the thresholds, and those of the committed
// trainings.
#include "analysis/collect/training_course.h"

#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "analysis/studies/reproduction/reproduction.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/text_proto.h"
#include "training/records.pb.h"

namespace robbench {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Returns the course of losses that are given as shares of log(10).
TrainingCourse Course(std::vector<double> shares, uint32_t classes = 10) {
  for (double& share : shares) share *= std::log(classes);
  return ReadCourse(shares, classes);
}

TEST(TrainingCourse, LeavesThePlateauOnceAndForAll) {
  const TrainingCourse course = Course({.99, .97, .95, .93, .90, .85});
  EXPECT_EQ(course.escape_epoch, 4);
  EXPECT_THAT(course.collapses, IsEmpty());
  EXPECT_FALSE(course.ended_on_plateau);
  EXPECT_FALSE(course.failed());
}

TEST(TrainingCourse, OneGoodEpochIsNoEscape) {
  EXPECT_EQ(Course({.99, .93, .95, .93, .92}).escape_epoch, 4);
  EXPECT_EQ(Course({.99, .95, .93}).escape_epoch, 3);  // it is the last epoch
}

TEST(TrainingCourse, NeverLeavesIt) {
  const TrainingCourse course = Course({1, .97, .96, .95, .9401});
  EXPECT_FALSE(course.escape_epoch.has_value());
  EXPECT_TRUE(course.ended_on_plateau);
  EXPECT_TRUE(course.failed());
  EXPECT_FALSE(Course({1, .97, .96, .95, .9399}).failed());
}

TEST(TrainingCourse, FallsBack) {
  const TrainingCourse fell = Course({.98, .80, .75, 1, 1, 1});
  EXPECT_EQ(fell.escape_epoch, 2);
  EXPECT_THAT(fell.collapses, ElementsAre(4));
  EXPECT_TRUE(fell.ended_on_plateau);
  // A loss may leave the plateau twice and fall back. Its end does not show
  // that, but no number should be taken from such a training.
  const TrainingCourse back = Course({.98, .80, .79, 1, .9, .8, .95, .96, .9});
  EXPECT_THAT(back.collapses, ElementsAre(4, 7));
  EXPECT_FALSE(back.ended_on_plateau);
  EXPECT_TRUE(back.failed());
}

TEST(TrainingCourse, ThePlateauIsThatOfTheClasses) {
  const std::vector<double> losses = {2.28, 2.2, 2.1, 2.0};
  EXPECT_EQ(ReadCourse(losses, 10).escape_epoch, 3);
  EXPECT_EQ(ReadCourse(losses, 100).escape_epoch, 1);
  EXPECT_EQ(ReadCourse({4.6, 4.5, 4.3, 4.2}, 100).escape_epoch, 3);
}

TEST(TrainingCourse, CommittedTrainings) {
  const std::map<std::string, uint32_t> escapes = {{"199_seed_1", 5},
                                                   {"1835_seed_0", 36},
                                                   {"1835_seed_1", 38},
                                                   {"1835_seed_2", 40},
                                                   {"894_seed_0", 2}};
  for (const auto& [name, epoch] : escapes) {
    const auto run = ReadTextProto<ReproducedRun>(
        "analysis/studies/reproduction/cell_" + name + ".textproto");
    ASSERT_TRUE(run.ok()) << run.status();
    std::vector<double> losses;
    for (const EpochRecord& record : run->message.training().epochs()) {
      losses.push_back(record.loss());
    }
    const TrainingCourse course = ReadCourse(losses, 10);
    EXPECT_EQ(course.escape_epoch, epoch) << name;
    EXPECT_FALSE(course.failed()) << name;
  }
}

}  // namespace
}  // namespace robbench
