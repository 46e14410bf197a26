"""Several calls of `fit` that Keras's callbacks see as one training."""

from keras import callbacks

from tfgan_it.models.one_training import OneTraining


class Sees:
    """What a callback is called with."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_train_begin(self, logs=None):
        self.seen.append("begin")

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(epoch)

    def on_train_end(self, logs=None):
        self.seen.append("end")


class OfKeras(Sees, callbacks.TerminateOnNaN):
    pass


class OfOnesOwn(Sees, callbacks.Callback):
    pass


def test_callbacks_of_keras_begin_and_end_once_and_epochs_are_counted_on():
    keras_s, own = OfKeras(), OfOnesOwn()
    training = OneTraining([keras_s, own], first_epoch=3)
    for _ in range(2):
        training.on_train_begin()
        training.on_epoch_begin(0)
        training.on_epoch_end(0, {})
        training.on_train_end({})
    training.finish()
    assert keras_s.seen == ["begin", 3, 4, "end"]
    assert own.seen == ["begin", 3, "end", "begin", 4, "end"]


def test_a_training_that_never_began_does_not_end():
    watch = OfKeras()
    OneTraining([watch]).finish()
    assert watch.seen == []
