"""Reviews as multi-hot vectors, good or bad: as a book's chapter on text classification does it."""

import numpy as np
from tensorflow import keras
from tensorflow.keras import layers, regularizers
from tensorflow.keras.datasets import imdb

(train_data, train_labels), (test_data, test_labels) = imdb.load_data(num_words=10000)

word_index = imdb.get_word_index()
reverse_word_index = {value: key for (key, value) in word_index.items()}
decoded_review = " ".join([reverse_word_index.get(i - 3, "?") for i in train_data[0]])
print(decoded_review[:20], max(max(sequence) for sequence in train_data))


def vectorize_sequences(sequences, dimension=10000):
    results = np.zeros((len(sequences), dimension))
    for i, sequence in enumerate(sequences):
        for j in sequence:
            results[i, j] = 1.0
    return results


x_train = vectorize_sequences(train_data)
x_test = vectorize_sequences(test_data)
y_train = np.asarray(train_labels).astype("float32")
y_test = np.asarray(test_labels).astype("float32")

model = keras.Sequential(
    [
        layers.Dense(16, kernel_regularizer=regularizers.l2(0.002), activation="relu"),
        layers.Dropout(0.5),
        layers.Dense(16, kernel_regularizer=regularizers.l2(0.002), activation="relu"),
        layers.Dropout(0.5),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])

held_out = len(x_train) // 4
x_val = x_train[:held_out]
partial_x_train = x_train[held_out:]
y_val = y_train[:held_out]
partial_y_train = y_train[held_out:]

callbacks = [
    keras.callbacks.EarlyStopping(monitor="val_accuracy", patience=4),
    keras.callbacks.ModelCheckpoint(filepath="best.keras", monitor="val_loss", save_best_only=True),
]
history = model.fit(
    partial_x_train,
    partial_y_train,
    epochs=12,
    batch_size=128,
    validation_data=(x_val, y_val),
    callbacks=callbacks,
)
history_dict = history.history
print(sorted(history_dict.keys()))

model = keras.models.load_model("best.keras")
results = model.evaluate(x_test, y_test)
print("accuracy:", results[1])
print(model.predict(x_test).shape)
model.summary()
