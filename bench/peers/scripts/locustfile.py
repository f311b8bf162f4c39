# Locust: POST the file named by BODY; RATE_PER_USER paces each user.
import os

from locust import FastHttpUser, constant, constant_throughput, task

with open(os.environ["BODY"], "rb") as file:
    BODY = file.read()
RATE = float(os.environ.get("RATE_PER_USER", "0"))


class Poster(FastHttpUser):
    wait_time = constant_throughput(RATE) if RATE else constant(0)

    @task
    def post(self):
        self.client.post("/v1/infer", data=BODY, headers={"Content-Type": "application/json"})
