"""Tomorrow's temperature from the last days' weather: as a book's chapter on time series does it."""

import os

import keras
import numpy as np
from keras import layers

with open(os.path.join("jena_climate.csv")) as f:
    data = f.read()

lines = data.split("\n")
header = lines[0].split(",")
lines = lines[1:]
print(len(header), len(lines))

temperature = np.zeros((len(lines),))
raw_data = np.zeros((len(lines), len(header) - 1))
for i, line in enumerate(lines):
    values = [float(x) for x in line.split(",")[1:]]
    temperature[i] = values[1]
    raw_data[i, :] = values[:]

num_train_samples = int(0.5 * len(raw_data))
num_val_samples = int(0.25 * len(raw_data))
mean = raw_data[:num_train_samples].mean(axis=0)
raw_data -= mean
std = raw_data[:num_train_samples].std(axis=0)
raw_data /= std

sampling_rate = 6
sequence_length = 24
delay = sampling_rate * (sequence_length + 24 - 1)
batch_size = 64


def dataset(start_index, end_index):
    return keras.utils.timeseries_dataset_from_array(
        raw_data[:-delay],
        targets=temperature[delay:],
        sampling_rate=sampling_rate,
        sequence_length=sequence_length,
        shuffle=True,
        batch_size=batch_size,
        start_index=start_index,
        end_index=end_index,
    )


train_dataset = dataset(0, num_train_samples)
val_dataset = dataset(num_train_samples, num_train_samples + num_val_samples)
test_dataset = dataset(num_train_samples + num_val_samples, None)
for samples, targets in train_dataset:
    print("samples shape:", samples.shape)
    print("targets shape:", targets.shape)
    break


def evaluate_naive_method(dataset):
    total_abs_err = 0.0
    samples_seen = 0
    for samples, targets in dataset:
        preds = samples[:, -1, 1] * std[1] + mean[1]
        total_abs_err += np.sum(np.abs(preds - targets))
        samples_seen += samples.shape[0]
    return total_abs_err / samples_seen


print(f"Naive MAE: {evaluate_naive_method(val_dataset):.2f}")

inputs = keras.Input(shape=(sequence_length, raw_data.shape[-1]))
x = layers.LSTM(16, recurrent_dropout=0.25)(inputs)
x = layers.Dropout(0.5)(x)
outputs = layers.Dense(1)(x)
model = keras.Model(inputs, outputs)
callbacks = [keras.callbacks.ModelCheckpoint("jena_lstm.keras", save_best_only=True)]
model.compile(optimizer="rmsprop", loss="mse", metrics=["mae"])
history = model.fit(train_dataset, epochs=3, validation_data=val_dataset, callbacks=callbacks)

stacked = keras.Sequential(
    [
        keras.Input(shape=(sequence_length, raw_data.shape[-1])),
        layers.GRU(8, return_sequences=True),
        layers.Bidirectional(layers.LSTM(8)),
        layers.Dense(1),
    ]
)
stacked.compile(optimizer="rmsprop", loss="mse", metrics=["mae"])
stacked.fit(train_dataset, epochs=1, validation_data=val_dataset, verbose=2)

model = keras.models.load_model("jena_lstm.keras")
print(
    f"first, last, test: {history.history['mae'][0]:.3f} {history.history['mae'][-1]:.3f} "
    f"{model.evaluate(test_dataset)[1]:.3f}"
)
